import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aWebhook } from '../factories/webhook.js';
import { aWorkflow } from '../factories/workflow.js';
import type { ApiClient } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const run = promisify(execFile);
const hasTools = ['bash', 'curl', 'openssl'].every((tool) => spawnSync(tool, ['--help']).error === undefined);

/** The block of commands that sign: what all of them need, and one command a scheme, under a comment that begins with its name. */
const [, block = ''] = /```bash\n(BODY=[^`]*)```/.exec(readFileSync('docs/webhooks.md', 'utf8')) ?? [];
const [preamble = '', ...commands] = block.split(/^# (?=[a-z_]+)/m);
const schemes = commands.map((text) => {
  const [, scheme = '', rest = '', command = ''] = /^([a-z_]+)(.*)\n([^]*)$/.exec(text) ?? [];
  const [settings] = /\{.*\}/.exec(rest) ?? [];
  const verification: object = settings === undefined ? { scheme } : (JSON.parse(settings) as object);
  return { scheme, verification, command };
});

let bed: TestBed;
let api: ApiClient;
let workflowId: string;

beforeAll(async () => {
  bed = await openTestBed('hookdoc');
  ({ api } = await bed.guest());
  workflowId = (await aWorkflow(api)).id;
});
afterAll(() => bed.close());

it('has a command for every scheme with a signature', () => {
  expect(schemes.map(({ scheme }) => scheme)).toEqual(['hmac', 'github', 'stripe', 'slack', 'standard_webhooks']);
});

it.skipIf(!hasTools).each(schemes)('signs as $scheme', async ({ verification, command }) => {
  const { path, secret } = await aWebhook(api, workflowId, { verification });
  const sign = (key: string) =>
    run('bash', ['-c', `${preamble}\n${command}`], {
      env: { PATH: process.env['PATH'], HOOK_URL: bed.url + path, SECRET: key },
    });
  expect(JSON.parse((await sign(secret)).stdout)).toMatchObject({ status: 'pending' });
  expect(JSON.parse((await sign(secret.replace(/.{4}=$/, 'AAA='))).stdout)).toEqual({ error: 'Unauthorized' });
});
