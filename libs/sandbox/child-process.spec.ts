import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { childFlags } from './child-process.js';
import { Sandbox } from './index.js';

// Processes start from the sources here, and machines may be busy.
vi.setConfig({ testTimeout: 30_000 });

const LOADER = new URL('../json-schema/source-loader.mjs', import.meta.url).href;
const sandbox = new Sandbox({ size: 2 });
afterAll(() => sandbox.close());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a child', () => {
  it('can read nothing but its program, write nothing and start nothing, whatever gets out of its interpreter', () => {
    const tries = {
      read: 'fs.readFileSync("/etc/passwd")',
      readHere: 'fs.readFileSync("docker/Dockerfile")',
      list: 'fs.readdirSync("/")',
      write: 'fs.writeFileSync("/tmp/runhook-escape", "x")',
      start: 'child_process.spawnSync("id")',
      evaluate: 'new Function("return 1")()',
    };
    const program = Object.entries(tries).map(([name, code]) => `try { ${code}; console.log('${name}') } catch {}`);
    const probe = spawnSync(process.execPath, [...childFlags(), '-e', `${program.join('\n')}\nconsole.log('done')`], {
      encoding: 'utf8',
    });
    expect(probe.stdout).toBe('done\n');
  });

  it.runIf(existsSync('/proc/self/environ'))('has no environment and no directory of its parent', async () => {
    await sandbox.run({ language: 'python', code: 'output = 1', variables: {} });
    const [pid] = sandbox.pids;
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .flatMap((entry) => entry.split('=')[0] || []);
    expect(names.filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  });

  it('takes the next job after it has failed for good, in another process', async () => {
    const crash = { language: 'javascript', code: 'return JSON.parse("[".repeat(1e5) + "]".repeat(1e5))' } as const;
    const results = await Promise.all(Array.from({ length: 4 }, () => sandbox.run({ ...crash, variables: {} })));
    expect(results.map((result) => 'problem' in result && result.problem.reason)).toEqual(
      Array.from({ length: 4 }, () => 'CRASHED'),
    );
    expect(await sandbox.run({ language: 'javascript', code: 'return 1', variables: {} })).toMatchObject({
      output: '1',
    });
  });

  it('that somebody kills while it is idle is not missed', async () => {
    const pids = sandbox.pids;
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(sandbox.pids).toEqual([]));
    expect(await sandbox.run({ language: 'javascript', code: 'return 1', variables: {} })).toMatchObject({
      output: '1',
    });
  });

  it('is gone soon after its parent was killed, however busy it is', async () => {
    const program = `
      import { Sandbox } from ${JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)};
      const sandbox = new Sandbox({ size: 2 });
      const limits = { timeoutMs: 600_000 };
      sandbox.run({ language: 'javascript', code: 'for (;;) {}', variables: {}, limits });
      sandbox.run({ language: 'python', code: 'while True: pass', variables: {}, limits });
      setInterval(() => sandbox.pids.length === 2 && console.log(JSON.stringify(sandbox.pids)), 20);`;
    const parent = spawn(process.execPath, ['--import', LOADER, '--input-type=module', '-e', program]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(String(line).split('\n')[0] ?? '') as number[];
    expect(pids.filter(isAlive)).toHaveLength(2);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
  });

  it('ends with the pool, in the middle of a job', async () => {
    const other = new Sandbox({ size: 1 });
    const result = other.run({ language: 'javascript', code: 'for (;;) {}', variables: {} });
    await vi.waitFor(() => expect(other.pids).toHaveLength(1), { timeout: 10_000 });
    const pids = other.pids;
    other.close();
    expect(await result).toMatchObject({ problem: { reason: 'CRASHED' } });
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
    expect(await other.run({ language: 'javascript', code: 'return 1', variables: {} })).toMatchObject({
      problem: { reason: 'CRASHED', message: expect.stringContaining('closed') as string },
    });
  });
});
