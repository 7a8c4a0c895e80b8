import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow } from '../factories/workflow.js';
import type { Answer, ApiClient } from '../support/api.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';

const run = promisify(execFile);
/** Below the repository, so that the generated client finds its packages. */
const ROOM = 'node_modules/.cache';

let bed: TestBed;
let guest: Guest;
beforeAll(async () => {
  bed = await openTestBed('openapi_client');
  guest = await bed.guest();
});
afterAll(() => bed.close());

/** A command's output; its failure shows all it printed. */
async function output(command: string, args: string[]): Promise<string> {
  try {
    return (await run(command, args)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} failed\n${stdout}${stderr}`, { cause: error });
  }
}

describe('a client generated from the description', () => {
  it('compiles with a strict program, which the server answers as its types say', async () => {
    mkdirSync(ROOM, { recursive: true });
    const directory = mkdtempSync(join(ROOM, 'openapi-client-'));
    try {
      const program = join(directory, 'use-api.ts');
      copyFileSync('test/contract/openapi-client/use-api.ts.txt', program);
      await output('node_modules/.bin/openapi-typescript', ['openapi.yaml', '-o', join(directory, 'schema.ts')]);
      const options =
        '--ignoreConfig --strict --noUncheckedIndexedAccess --module nodenext --target es2023 --types node --skipLibCheck';
      await output('node_modules/.bin/tsc', [...options.split(' '), '--outDir', directory, program]);
      const printed = await output(process.execPath, [join(directory, 'use-api.js'), bed.url, guest.key]);
      expect(JSON.parse(printed)).toMatchObject({
        name: 'Order total',
        data: { status: 'completed', output: { total: 42 } },
        hasMore: false,
        code: 'NOT_FOUND',
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }, 120_000);
});

interface Operation {
  operationId: string;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: object }> }>;
}
interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object; responses: Record<string, Operation['responses'][string]> };
}

/** Checks answers against the schema of their operation, status and media type. */
class Schemas {
  private readonly description = load(readFileSync('openapi.yaml', 'utf8')) as Description;
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor() {
    this.ajv.addSchema({ $id: 'api:', components: this.description.components });
  }

  problems(operationId: string, { status, headers, body }: Answer<unknown>): unknown {
    const operation = Object.values(this.description.paths)
      .flatMap((methods) => Object.values(methods))
      .find((candidate) => candidate.operationId === operationId);
    const answer = operation?.responses[status];
    const name = answer?.$ref?.split('/').at(-1);
    const type = headers.get('content-type') ?? '';
    const schema = (name ? this.description.components.responses[name] : answer)?.content?.[type]?.schema;
    if (!schema) return `${operationId} has no ${status} ${type}`;
    const validate = this.ajv.compile({ $id: `api:${Math.random()}`, ...absolute(schema) });
    return validate(body) ? [] : validate.errors;
  }
}

/** References of a part of the description, from outside it. */
const absolute = (schema: object): object => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api:#/')) as object;

describe('answers', () => {
  const schemas = new Schemas();

  it('that are not as described would be found', async () => {
    const answer = await guest.api.get<unknown>('/api/v1/runs');
    for (const body of [
      { data: [] },
      { data: [{ id: 1 }], cursor: null, hasMore: false },
      { success: true, data: [] },
      null,
    ]) {
      expect(schemas.problems('listRuns', { ...answer, body })).not.toEqual([]);
    }
  });

  it.each(['bearer', 'x-api-key'] as const)('in the %s style are as described', async (style) => {
    const api: ApiClient = guest.api.in(style);
    const { id } = await aWorkflow(guest.api);
    const started = await api.post<unknown>(`/api/v1/workflows/${id}/run`, { input: { a: [1, null] } });
    const finished = await api.post<unknown>(`/api/v1/workflows/${id}/run?wait=20`, { input: {} });
    const answers: [string, Answer<unknown>][] = [
      ['runWorkflow', started],
      ['runWorkflow', finished],
      ['runWorkflow', await api.post(`/api/v1/workflows/${id}/run`, { dryRun: true })],
      ['runWorkflow', await api.post(`/api/v1/workflows/${id}/run`, { inputs: {} })],
      ['runWorkflow', await api.send('POST', `/api/v1/workflows/${id}/run`, { raw: '{' })],
      [
        'runWorkflow',
        await api.send('POST', `/api/v1/workflows/${id}/run`, { raw: 'x', headers: { 'content-type': 'text/plain' } }),
      ],
      ['getWorkflow', await api.get(`/api/v1/workflows/${id}`)],
      ['getWorkflow', await api.get('/api/v1/workflows/wf_none')],
      ['listWorkflows', await api.get('/api/v1/workflows?limit=1')],
      ['listRuns', await api.get('/api/v1/runs')],
      ['listRuns', await api.get('/api/v1/runs?limit=0')],
      ['listApiKeys', await api.get('/api/v1/api-keys')],
      ['listApiKeys', await api.with('capi_none').get('/api/v1/api-keys')],
      ['getLiveness', await api.get('/health/live')],
      ['getReadiness', await api.get('/health/ready')],
    ];
    for (const [operationId, answer] of answers) {
      expect([operationId, answer.text, schemas.problems(operationId, answer)]).toEqual([operationId, answer.text, []]);
    }
  });
});
