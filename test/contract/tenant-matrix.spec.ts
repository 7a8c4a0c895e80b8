import { readFileSync } from 'node:fs';
import { generateApiKey } from '#libs/ids';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/modules/auth/scopes.js';
import type { ConnectionDto } from '../../src/modules/connections/dto/connection.dto.js';
import { deliveriesOf } from '../factories/webhook.js';
import { aWorkflow } from '../factories/workflow.js';
import { type Answer, ApiClient, type CreatedApiKeyDto, type RunDto } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';
import {
  type Belongings,
  type Request,
  type Fixture,
  connectionBody,
  APP,
  oauthApp,
  FIXTURES,
} from './tenant-matrix-fixtures.js';

interface Operation {
  operationId: string;
  security?: object[];
  responses: Record<string, object>;
}

const description = load(readFileSync('openapi.yaml', 'utf8')) as { paths: Record<string, Record<string, Operation>> };
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const isPublic = ({ security }: Operation): boolean => security?.length === 0;

let bed: TestBed;
/** Another organization, whose keys have every scope. */
let stranger: ApiClient;
/** Keys of nobody, and of the tenant once: each is a 401. */
let noGood: Record<string, (own: Belongings) => Promise<string | null> | string | null>;
let organizations = 0;

beforeAll(async () => {
  bed = await openTestBed('matrix', { env: { AUTH_FAILURES_PER_MINUTE: '1000000' } });
  stranger = (await bed.guest()).api;
  noGood = {
    none: () => null,
    malformed: () => 'capi_nope',
    unknown: () => generateApiKey(),
    revoked: async ({ api }) => {
      const key = await keyOf(api, SCOPES);
      await api.send('DELETE', `/api/v1/api-keys/${key.id}`);
      return key.key;
    },
    expired: async ({ api }) => {
      const key = await keyOf(api, SCOPES);
      await bed.sql('update api_keys set expires_at = now() where id = $1', [key.id.slice(4)]);
      return key.key;
    },
  };
});
afterAll(() => bed.close());

async function keyOf(api: ApiClient, scopes: readonly Scope[]): Promise<CreatedApiKeyDto> {
  const answer = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: 'matrix', scopes });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function belongings(): Promise<Belongings> {
  const { api } = await bed.guest();
  const canary = `canary-of-organization-${++organizations}`;
  const trigger = { type: 'schedule', cron: '0 0 1 1 *', input: { canary } };
  const workflow = await aWorkflow(api, { name: canary, description: canary, trigger });
  const { body: run } = await api.post<RunDto>(`/api/v1/workflows/${workflow.id}/run?wait=10`, {
    input: { canary },
    idempotencyKey: canary,
  });
  const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: canary });
  const { body: connection } = await api.post<ConnectionDto>('/api/v1/connections', connectionBody(canary));
  const app = await api.send('PUT', `/api/v1/oauth-apps/${APP}`, { body: oauthApp(canary) });
  expect(app.status, app.text).toBe(200);
  const { body: template } = await api.post<{ id: string }>('/api/v1/email-templates', {
    name: canary,
    subject: canary,
    text: canary,
  });
  const { body: agent } = await api.post<{ id: string }>('/api/v1/agents', { name: canary, instructions: canary });
  const { body: webhook } = await api.post<{ id: string; url: string; secret: string }>('/api/v1/webhooks', {
    workflowId: workflow.id,
    name: canary,
  });
  await new ApiClient(bed.url, webhook.secret).post(new URL(webhook.url).pathname, { canary });
  const delivery = await until(async () => (await deliveriesOf(api, webhook.id))[0]?.id ?? null);
  await bed.sql(
    `insert into artifacts (organization_id, run_id, name, step_id, media_type, size, sha256, content)
    select organization_id, id, 'note.txt', 'echo', 'text/plain', length($2::bytea), sha256($2::bytea), $2::bytea from runs where id = $1`,
    [run.id.slice(4), Buffer.from(canary)],
  );
  return {
    api,
    canary,
    workflow: workflow.id,
    run: run.id,
    key: key.id,
    connection: connection.id,
    template: template.id,
    agent: agent.id,
    webhook: webhook.id,
    delivery,
  };
}

/** The members that tell of an error: `detail` in the native API, `error` in the graph dialect. */
interface ErrorBody {
  code?: string;
  detail?: string;
  error?: string;
}
const reasonOf = ({ detail, error }: ErrorBody): string | undefined => detail ?? error;

function send(
  operation: (typeof operations)[number],
  { id = '', rest = {}, query = '', body }: Request,
  caller: ApiClient,
): Promise<Answer<ErrorBody>> {
  const first = operation.path.replace(/\{\w+\}/, id);
  const path = first.replaceAll(/\{(\w+)\}/g, (_all, name: string) => rest[name] ?? '') + query;
  return caller.send(operation.method, path, body ? { body } : {});
}

/** No answer may have a status that the API description does not tell of. */
function expectStatus(operation: Operation, answer: Answer<unknown>, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expect(Object.keys(operation.responses)).toContain(String(status));
}

describe('the API description and the fixtures of the tenant matrix', () => {
  it('name the same operations', () => {
    const guarded = operations.filter((operation) => !isPublic(operation)).map(({ operationId }) => operationId);
    expect(Object.keys(FIXTURES).sort()).toEqual(guarded.sort());
  });

  it('give every parameter of the path', () => {
    for (const { operationId, path } of operations.filter((operation) => !isPublic(operation))) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const { id, rest = {} } =
        FIXTURES[operationId]?.ask({
          api: stranger,
          canary: 'c',
          workflow: 'w',
          run: 'r',
          key: 'k',
          connection: 'c',
          template: 't',
          agent: 'a',
          webhook: 'h',
          delivery: 'd',
        }) ?? {};
      expect([operationId, id === undefined ? 0 : 1]).toEqual([operationId, Math.min(names.length, 1)]);
      expect([operationId, ...Object.keys(rest)]).toEqual([operationId, ...names.slice(1)]);
    }
  });
});

/** What a public operation answers to a caller who knows an id and no secret; 200 where it has no id. */
const PUBLIC_ANSWERS: Record<string, number> = { triggerWebhook: 401 };

describe.each(operations.filter(isPublic))('$method $path', (operation) => {
  it('needs no key and shows nothing of anybody', async () => {
    const { canary, api, webhook } = await belongings();
    for (const caller of [new ApiClient(bed.url, null), api]) {
      const answer = await send(operation, { id: webhook.replace('hook_', '') }, caller);
      expectStatus(operation, answer, PUBLIC_ANSWERS[operation.operationId] ?? 200);
      expect(answer.text).not.toContain(canary);
    }
  });
});

describe.each(operations.filter((operation) => !isPublic(operation) && operation.operationId in FIXTURES))(
  '$method $path',
  (operation) => {
    const fixture = FIXTURES[operation.operationId] as Fixture;

    it.each(['none', 'malformed', 'unknown', 'revoked', 'expired'])('answers 401 to a key that is %s', async (kind) => {
      const own = await belongings();
      const key = (await noGood[kind]?.(own)) ?? null;
      for (const style of ['bearer', 'x-api-key'] as const) {
        const answer = await send(operation, fixture.ask(own), new ApiClient(bed.url, key, style));
        expectStatus(operation, answer, 401);
        expect(answer.text).toContain('Invalid or missing API key');
        expect(answer.text).not.toContain(own.canary);
      }
    });

    it('answers 403 to a key without its scope, naming it, and does nothing', async () => {
      const own = await belongings();
      const others = SCOPES.filter((scope) => !fixture.scopes.includes(scope));
      const answer = await send(operation, fixture.ask(own), own.api.with((await keyOf(own.api, others)).key));
      expectStatus(operation, answer, 403);
      for (const scope of fixture.scopes) expect(reasonOf(answer.body)).toContain(scope);
      expect(answer.text).not.toContain(own.canary);
      await expectRight(own);
    });

    it('answers another organization as if nothing of this one existed', async () => {
      const own = await belongings();
      const answer = await send(operation, fixture.ask(own), stranger);
      expectStatus(operation, answer, fixture.foreign ?? 404);
      expect(answer.text).not.toContain(own.canary);
      if (fixture.foreign === undefined) {
        const { id: _id, ...request } = fixture.ask(own);
        const unknown = await send(operation, { ...request, id: '01a20000-0000-7000-8000-000000000000' }, stranger);
        expect([answer.status, answer.body.code, reasonOf(answer.body)]).toEqual([
          unknown.status,
          unknown.body.code,
          reasonOf(unknown.body),
        ]);
      }
      await expectRight(own);
    });

    it('answers the right key, with each of its scopes alone', async () => {
      for (const scope of fixture.scopes) {
        const own = await belongings();
        const { key } = await keyOf(own.api, fixture.beside ? [scope, fixture.beside] : [scope]);
        const answer = await expectRight(own, own.api.with(key));
        expect(answer.headers.get('x-ratelimit-limit')).toMatch(/^\d+$/);
      }
    });

    async function expectRight(own: Belongings, caller = own.api): Promise<Answer<unknown>> {
      const answer = await send(operation, fixture.ask(own), caller);
      expectStatus(operation, answer, fixture.right);
      return answer;
    }
  },
);
