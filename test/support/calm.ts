import { expect } from 'vitest';
import type { TestBed } from './test-bed.js';
import { until } from './until.js';

/** Whatever was thrown at the server: it answers, it logged no failure of its own, and every run reaches its end. */
export async function expectCalm(bed: TestBed): Promise<void> {
  expect(bed.server.isUp()).toBe(true);
  expect((await fetch(`${bed.url}/health/ready`)).status).toBe(200);
  const failures = bed.server
    .output()
    .split('\n')
    .filter((line) => /"level":"(?:error|fatal)"|^\s+at |Unhandled/.test(line));
  expect(failures).toEqual([]);
  await until(async () => {
    const unfinished = await bed.sql('select id, status from runs where completed_at is null');
    expect(unfinished).toEqual([]);
  });
}
