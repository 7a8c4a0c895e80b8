import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDto } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const hasShell = spawnSync('bash', ['-c', 'curl --version']).status === 0;
if (!hasShell) process.stderr.write('\nWARNING: no bash with curl here, the README walk-through is not tried.\n\n');

/** The walk-through's commands as one script, with the reader's own address and key in place of the README's. */
function walkThrough(url: string, key: string): string {
  const readme = readFileSync('README.md', 'utf8');
  const section = /## Walk-through\n(.*?)\n## /s.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/```bash\n(.*?)```/gs)].map(([, block = '']) => block);
  const script = blocks.join("\nprintf '\\n----\\n'\n");
  return script
    .replace(/^export RUNHOOK=.*$/m, `export RUNHOOK=${url}`)
    .replace(/^export KEY=.*$/m, `export KEY=${key}`);
}

describe.runIf(hasShell)('the README', () => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await openTestBed('readme');
  });
  afterAll(() => bed.close());

  it('can be walked through as it stands', async () => {
    const { key } = await bed.guest();
    const script = `set -euo pipefail\ncd "$(mktemp -d)"\n${walkThrough(bed.url, key)}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    const [, created = '', waited = '', later = '', newKey = '', hooked = '', graph = ''] = stdout.split('\n----\n');
    expect(JSON.parse(created)).toMatchObject({ name: 'Quote', status: 'draft', version: 1 });
    const run = JSON.parse(waited.slice(waited.indexOf('{"id":"run_'))) as RunDto;
    expect(run).toMatchObject({ status: 'completed', output: { currency: 'usd', total: 4498, discount: 0.1 } });
    expect(run.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'sum completed',
      'is-large completed',
      'discount completed',
      'answer completed',
    ]);
    expect(later).toContain('"status":"pending"');
    expect(later).toContain('event: run.completed\n');
    expect(later).toContain('"total":500,"discount":0');
    expect(JSON.parse(newKey)).toMatchObject({ name: 'Shop', key: expect.stringMatching(/^capi_/) as string });
    expect(hooked).toContain('"status":"completed","output":{"currency":"usd","total":300,"discount":0}');
    expect(graph).toContain('"status":"completed","output":{"total":4498}');
  });
});
