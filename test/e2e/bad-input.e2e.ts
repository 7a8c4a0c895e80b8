import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, echoStep } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type CreatedApiKeyDto,
  type Problem,
  type Refusal,
  type RunDto,
  type WorkflowDto,
  type Page,
} from '../support/api.js';
import { expectCalm } from '../support/calm.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;
let workflow: string;

beforeAll(async () => {
  bed = await openTestBed('badinput');
  ({ api } = await bed.guest());
  workflow = (await aWorkflow(api)).id;
});
afterAll(async () => {
  await expectCalm(bed);
  await bed.close();
});

type Raw = string | Uint8Array<ArrayBuffer>;
const runPath = (query = ''): string => `/api/v1/workflows/${workflow}/run${query}`;
const sendRaw = (raw: Raw, headers: Record<string, string> = {}, path = runPath('?wait=10')) =>
  api.send('POST', path, { raw, headers });
const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

/** An error in both styles: the same status and code, the shape of the style, and nothing of the server's inside. */
async function expectRefusal(send: (api: ApiClient) => Promise<Answer<unknown>>, status: number): Promise<Problem> {
  const bare = (await send(api)) as Answer<Problem>;
  expect(bare.status, bare.text).toBe(status);
  expect(bare.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(bare.body).toMatchObject({
    status,
    code: expect.any(String) as string,
    requestId: expect.any(String) as string,
  });
  const enveloped = (await send(api.in('x-api-key'))) as Answer<Refusal>;
  expect(enveloped.body).toMatchObject({ success: false, error: { code: bare.body.code, message: bare.body.detail } });
  expect(Object.keys(enveloped.body.error).filter((name) => !['code', 'message', 'details'].includes(name))).toEqual(
    [],
  );
  for (const text of [bare.text, enveloped.text]) expect(text).not.toMatch(/node_modules|\.js:|\bselect\b|\binsert\b/i);
  return bare.body;
}

const nested = (depth: number): string => `{"input":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
const input = (json: string): string => `{"input":{"a":${json}}}`;

describe('a body that is refused', () => {
  it.each<[string, Raw, number, Record<string, string>?]>([
    ['cut off', '{"input":', 400],
    ['followed by more', '{"input":{}} {}', 400],
    ['with single quotes', "{'input':{}}", 400],
    ['with a comma too many', '{"input":{},}', 400],
    ['with a comment', '{"input":{} /* no */}', 400],
    ['no object', '[]', 400],
    ['a text', '"x"', 400],
    ['a number', '5', 400],
    ['only blanks', '   ', 400],
    ['not UTF-8', bytes('{"input":{"a":"', [0xff, 0xfe], '"}}'), 400],
    ['a surrogate in CESU-8', bytes('{"input":{"a":"', [0xed, 0xa0, 0x80], '"}}'), 400],
    ['with a raw NUL', bytes('{"input":{"a":"', [0], '"}}'), 400],
    ['with an escaped NUL', input('"\\u0000"'), 400],
    ['with an escaped NUL in a key', '{"input":{"\\u0000":1}}', 400],
    ['with half a surrogate pair', input('"\\ud800"'), 400],
    ['with the other half', input('"x\\udc00"'), 400],
    ['with halves the wrong way round', input('"\\udc00\\ud800"'), 400],
    ['with a number beyond all bounds', input('1e400'), 400],
    ['with one below', input('-1e400'), 400],
    ['with 2^53 + 1', input('9007199254740993'), 400],
    ['with NaN', input('NaN'), 400],
    ['with Infinity', input('Infinity'), 400],
    ['with a leading zero', input('01'), 400],
    ['with a key twice', '{"input":{"a":1,"a":2}}', 400],
    ['with a key twice, once escaped', '{"input":{"a":1,"\\u0061":2}}', 400],
    ['with the key twice at the top', '{"input":{},"input":{"a":1}}', 400],
    ['with __proto__', '{"input":{"__proto__":{"polluted":true}}}', 400],
    ['with __proto__ escaped', '{"input":{"\\u005f_proto__":{"polluted":true}}}', 400],
    ['with __proto__ at the top', '{"__proto__":{"input":{}}}', 400],
    ['65 deep', nested(63), 400],
    ['10,000 deep', nested(10_000), 400],
    ['500,000 deep', nested(500_000).slice(0, 1_000_000), 400],
    ['of 10,001 keys', `{"input":{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":1`).join()}}}`, 400],
    ['of 2 MB', input(`"${'x'.repeat(2_000_000)}"`), 413],
    [
      'of 2 MB, compressed',
      bytes([...gzipSync(input(`"${'x'.repeat(2_000_000)}"`))]),
      413,
      { 'content-encoding': 'gzip' },
    ],
    [
      'of 200 MB, compressed',
      bytes([...brotliCompressSync(Buffer.alloc(200_000_000, 32))]),
      413,
      { 'content-encoding': 'br' },
    ],
    ['not compressed as it says', '{"input":{}}', 400, { 'content-encoding': 'gzip' }],
    ['compressed in an unknown way', '{"input":{}}', 415, { 'content-encoding': 'zstd' }],
    ['XML', '<input/>', 415, { 'content-type': 'application/xml' }],
    ['plain text', '{"input":{}}', 415, { 'content-type': 'text/plain' }],
    ['a form of files', 'x', 415, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a form', 'input=1', 400, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['in another character set', '{"input":{}}', 415, { 'content-type': 'application/json; charset=utf-16' }],
    ['of an empty type', '{"input":{}}', 415, { 'content-type': ';' }],
  ])('%s', async (_name, raw, status, headers) => {
    const before = (await api.get<Page<RunDto>>('/api/v1/runs?limit=1')).body.data[0]?.id;
    await expectRefusal((caller) => caller.send('POST', runPath(), { raw, ...(headers && { headers }) }), status);
    expect((await api.get<Page<RunDto>>('/api/v1/runs?limit=1')).body.data[0]?.id).toBe(before);
  });

  it('is told where the fault is', async () => {
    expect((await sendRaw('{"input":{"a":[1,{"b/c":"\\u0000"}]}}')).body.errors?.[0]?.pointer).toBe('/input/a/1/b~1c');
    expect((await sendRaw('{"input":{"a":1,"a":2}}')).body.errors?.[0]?.pointer).toMatch(/^\/input/);
    expect((await sendRaw('{"input": tru}')).body.detail).toMatch(/character \d+/);
  });

  it.each([
    ['POST', '/api/v1/workflows'],
    ['PUT', '/api/v1/workflows/:id'],
    ['POST', '/api/v1/api-keys'],
  ])('is refused by %s %s as well', async (method, path) => {
    const to = path.replace(':id', workflow);
    for (const raw of [
      '{',
      '[]',
      '{"name":"\\u0000"}',
      '{"name":"a","name":"b"}',
      '{"__proto__":{}}',
      '{"name":1e999}',
    ]) {
      await expectRefusal((caller) => caller.send(method, to, { raw }), 400);
    }
    await expectRefusal((caller) => caller.send(method, to, { body: { name: 'x', nope: 1 } }), 400);
    await expectRefusal((caller) => caller.send(method, to, { raw: `{"name":"${'x'.repeat(2_000_000)}"}` }), 413);
    const text = { raw: 'x', headers: { 'content-type': 'text/plain' } };
    const problem = await expectRefusal((caller) => caller.send(method, to, text), 415);
    expect(problem.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('a body that is unusual but right is stored exactly', () => {
  it.each<[string, string]>([
    ['keys of every object', '{"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null}'],
    ['the largest safe integers', '[9007199254740991,-9007199254740991]'],
    ['decimals', '[0.1,1e-7,1.7976931348623157e308,5e-324]'],
    ['an empty key', '{"":{"":1}}'],
    ['emoji and scripts', '"\\ud83d\\ude00 שלום \\u202e 中文"'],
    ['controls', '"\\u0001\\u001f\\u007f\\u0085\\u2028"'],
    ['60 levels', `${'['.repeat(60)}${']'.repeat(60)}`],
    ['9,000 keys', `{${Array.from({ length: 9_000 }, (_, i) => `"k${i}":${i}`).join()}}`],
    ['900 KB', `"${'x'.repeat(900_000)}"`],
    ['keys out of order', '{"b":1,"a":2,"10":3,"9":4}'],
  ])('%s', async (_name, json) => {
    const { status, body } = await api.send<RunDto>('POST', runPath('?wait=10'), { raw: input(json) });
    expect(status).toBe(200);
    const stored = (await api.get<RunDto>(`/api/v1/runs/${body.id}`)).body;
    for (const run of [body, stored]) {
      expect(run.input).toEqual({ a: JSON.parse(json) as unknown });
      expect(JSON.stringify(run.output)).toBe(JSON.stringify({ input: { a: JSON.parse(json) as unknown } }));
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, string, Record<string, string>]>([
    ['compressed', '{"input":{"a":1}}', { 'content-encoding': 'gzip' }],
    ['with a character set', '{"input":{"a":1}}', { 'content-type': 'Application/JSON; Charset="UTF-8"' }],
    ['of a JSON type', '{"input":{"a":1}}', { 'content-type': 'application/vnd.api+json' }],
    ['as curl declares it', '{"input":{"a":1}}', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('%s', async (_name, json, headers) => {
    const raw = headers['content-encoding'] ? bytes([...gzipSync(json)]) : json;
    const { status, body } = await api.send<RunDto>('POST', runPath('?wait=10'), { raw, headers });
    expect([status, body.input]).toEqual([200, { a: 1 }]);
  });
});

describe('an id that is none', () => {
  const IDS = [
    'x',
    'wf_',
    'run_',
    'key_',
    'null',
    'undefined',
    '0',
    '-1',
    '..',
    '%2e%2e%2f',
    '%00',
    '%0a',
    '%F0%9F%98%80',
    '__proto__',
    'constructor',
    "'%20or%201=1%20--",
    'wf_01a20000-0000-7000-8000-00000000000',
    '01a20000-0000-7000-8000-0000000000000',
    '{01a20000-0000-7000-8000-000000000000}',
    '01a20000-0000-7000-8000-000000000000',
    'x'.repeat(4_000),
  ];
  it.each<[string, string]>([
    ['GET', '/workflows/:id'],
    ['PUT', '/workflows/:id'],
    ['PATCH', '/workflows/:id'],
    ['DELETE', '/workflows/:id'],
    ...['activate', 'pause', 'resume', 'archive', 'run', 'run?test=true'].map((move): [string, string] => [
      'POST',
      `/workflows/:id/${move}`,
    ]),
    ['GET', '/runs/:id'],
    ['GET', '/runs/:id/events'],
    ['POST', '/runs/:id/cancel'],
    ['POST', '/runs/:id/retry'],
    ['GET', '/api-keys/:id'],
    ['DELETE', '/api-keys/:id'],
  ])('is not found by %s %s', async (method, path) => {
    for (const id of IDS) {
      // A path with dots is another path before it is sent.
      if (id === '..') continue;
      const answer = await api.send(method, `/api/v1${path.replace(':id', id)}`, method === 'GET' ? {} : { body: {} });
      expect([id, answer.status, answer.body.code]).toEqual([id, 404, 'NOT_FOUND']);
    }
    const undecodable = await api.send(
      method,
      `/api/v1${path.replace(':id', '%zz')}`,
      method === 'GET' ? {} : { body: {} },
    );
    expect([400, 404]).toContain(undecodable.status);
  });

  it.each([
    '?__proto__[x]=1',
    '?limit[]=1',
    '?limit[a]=1',
    '?constructor=1',
    '?cursor=__proto__',
    '?status=__proto__',
    '?cursor=eHh4',
    '?since=%00',
    '?workflowId=%00&workflowId=x',
  ])('nor is a list made of %s', async (query) => {
    for (const list of ['runs', 'workflows', 'api-keys']) {
      const { status } = await api.get(`/api/v1/${list}${query}`);
      expect([list, status]).toEqual([list, 400]);
    }
  });

  it('nor a route or a method', async () => {
    await expectRefusal((caller) => caller.get('/api/v1/nothing'), 404);
    await expectRefusal((caller) => caller.post('/api/v1/runs/x/y/z'), 404);
    const answer = await api.send('DELETE', '/api/v1/runs');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')]);
  });
});

describe("another organization's id is like one that does not exist", () => {
  let stranger: ApiClient;
  let theirs: { workflow: WorkflowDto; run: RunDto; key: CreatedApiKeyDto; secret: string };

  beforeAll(async () => {
    stranger = (await bed.guest()).api;
    const secret = 'canary-of-another-organization';
    const workflow = await aWorkflow(stranger, { name: secret });
    const { body: run } = await stranger.post<RunDto>(`/api/v1/workflows/${workflow.id}/run?wait=10`, {
      input: { secret },
      idempotencyKey: secret,
    });
    const { body: key } = await stranger.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: secret });
    theirs = { workflow, run, key, secret };
  });

  it('in every path', async () => {
    const unknown = '01a20000-0000-7000-8000-000000000000';
    const { workflow, run, key } = theirs;
    const requests: [string, string, string, object?][] = [
      ['GET', '/workflows/', workflow.id],
      ['DELETE', '/workflows/', workflow.id],
      ['PUT', '/workflows/', workflow.id, { name: 'mine' }],
      ['PATCH', '/workflows/', workflow.id, { steps: [echoStep()] }],
      ...['activate', 'pause', 'resume', 'archive', 'run', 'run?test=true', 'run?wait=1'].map(
        (rest): [string, string, string, object] => ['POST', `/workflows/*/${rest}`, workflow.id, {}],
      ),
      ['POST', '/workflows/*/run', workflow.id, { idempotencyKey: theirs.secret, input: { secret: theirs.secret } }],
      ['POST', '/workflows/*/run', workflow.id, { dryRun: true }],
      ['GET', '/runs/', run.id],
      ['GET', '/runs/*/events', run.id],
      ['POST', '/runs/*/cancel', run.id],
      ['POST', '/runs/*/retry', run.id],
      ['GET', '/api-keys/', key.id],
      ['DELETE', '/api-keys/', key.id],
    ];
    for (const [method, path, id, body] of requests) {
      const ask = (to: string) => {
        const target = path.includes('*') ? path.replace('*', to) : path + to;
        return api.send(method, `/api/v1${target}`, body ? { body } : {});
      };
      const [foreign, bare, none] = [await ask(id), await ask(id.replace(/^[a-z]+_/, '')), await ask(unknown)];
      const same = ({ status, body: { detail, code, title } }: Answer<Problem>) => ({ status, detail, code, title });
      expect([method, path, same(foreign).status]).toEqual([method, path, 404]);
      expect([same(foreign), same(bare)]).toEqual([same(none), same(none)]);
    }
  });

  it('in filters and bodies, and nothing of theirs shows in any list', async () => {
    expect((await api.get<Page<RunDto>>(`/api/v1/runs?workflowId=${theirs.workflow.id}`)).body.data).toEqual([]);
    expect((await api.post('/api/v1/api-keys', { name: 'x', workflowIds: [theirs.workflow.id] })).status).toBe(400);
    const cursor = Buffer.from(theirs.run.id.slice(4)).toString('base64url');
    for (const list of [
      'runs',
      'workflows',
      'api-keys',
      `runs?cursor=${cursor}`,
      `workflows?search=${theirs.secret}`,
    ]) {
      const { status, text } = await api.get(`/api/v1/${list}`);
      expect([list, status, text.includes(theirs.secret)]).toEqual([list, 200, false]);
    }
  });

  it('and they find everything as it was', async () => {
    expect((await stranger.get(`/api/v1/workflows/${theirs.workflow.id}`)).body).toEqual(theirs.workflow);
    expect((await stranger.get(`/api/v1/runs/${theirs.run.id}`)).body).toEqual(theirs.run);
    expect((await stranger.get<Page<RunDto>>('/api/v1/runs')).body.data).toHaveLength(1);
    expect((await api.with(theirs.key.key).get('/api/v1/runs')).status).toBe(200);
  });
});
