/**
 * Named points at which a test may kill the process (reliability B1.2): `FAULT_AT=<point>:<n>` kills it the n-th time it gets there.
 * Without the setting, or outside NODE_ENV=test, a point costs one comparison.
 */
export type FaultPoint = 'after_insert' | 'after_terminal_commit';

let armed: { point: string; left: number } | undefined;

export function armFaults(setting: string | undefined, env: string | undefined): void {
  const [point, count] = setting?.split(':') ?? [];
  armed = env === 'test' && point !== undefined ? { point, left: Number(count) } : undefined;
}

export function faultPoint(point: FaultPoint): void {
  if (armed?.point !== point) return;
  armed.left--;
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL');
}
