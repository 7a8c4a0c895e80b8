import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { BlockContext, BlockOutcome } from '#libs/block-kit';
import { checkJson, type Json, type JsonObject } from '#libs/json-guard';
import { compileSchema } from '#libs/json-schema';
import type { SafeHttpResponse } from '#libs/safe-http';
import { aContext } from '../block-kit/compile-alone.js';
import { callOperation } from './call-operation.js';
import { ConnectionVault, type OpenConnection } from './connection.js';
import type { Connector, Operation } from './connector.js';

/** How a connector is tried. */
export interface Trial {
  /** The connector in a world in which every HTTP request gets this answer; mail servers cannot be reached. */
  connectorIn(
    answer: (
      url: string,
      headers: Readonly<Record<string, string>>,
    ) => Pick<SafeHttpResponse, 'status' | 'headers' | 'body'>,
  ): Connector;
  /** Connections of each kind that the connector knows. Their credentials satisfy its schema. */
  connections: readonly Pick<OpenConnection, 'credentials' | 'settings'>[];
}

/** One thing that every connector must do. `run` rejects when it does not. */
export interface ConformanceCheck {
  name: string;
  run: () => Promise<void>;
}

/** What steps, connections and the API description take for granted of every connector. */
export function conformanceChecks(trial: Trial): ConformanceCheck[] {
  const suite = new Suite(trial);
  return [
    { name: 'has schemas that compile and describe every member', run: async () => suite.hasSchemas() },
    { name: 'takes its own examples and connections', run: async () => suite.takesExamples() },
    { name: 'answers an aborted signal', run: () => suite.answersAbort() },
    { name: 'answers hostile parameters with outcomes', run: () => suite.survivesParameters() },
    { name: 'takes hostile answers, also when it is tested', run: () => suite.survivesAnswers() },
    { name: 'asks for a renewed connection once when it is refused', run: () => suite.renewsOnce() },
    { name: 'puts out no credential that it did not say to hide', run: () => suite.keepsSecrets() },
  ];
}

const PATIENCE_MS = 2_000;
const json = { 'content-type': 'application/json' };
const bytes = (value: Json): Buffer => Buffer.from(JSON.stringify(value));

const HOSTILE_TEXTS = [
  '',
  '\r\nx: y',
  '\0',
  '\ud83d',
  '../../x',
  '{{',
  '__proto__',
  'x'.repeat(10_000),
  'http://127.0.0.1/',
  'a@b\r\nBcc: c@d',
];

/** Answers that no server should give, and some that it may. */
const HOSTILE_ANSWERS: readonly Pick<SafeHttpResponse, 'status' | 'headers' | 'body'>[] = [
  { status: 200, headers: {}, body: Buffer.alloc(0) },
  { status: 200, headers: json, body: Buffer.from('{"ok":') },
  { status: 200, headers: json, body: bytes(null) },
  { status: 200, headers: json, body: bytes([1]) },
  { status: 200, headers: json, body: bytes({ id: 7, data: 'x', ok: 'yes', error: { code: 1 } }) },
  { status: 200, headers: json, body: Buffer.from(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) },
  { status: 200, headers: json, body: Buffer.from('{"__proto__": {"polluted": true}, "id": "x", "ok": true}') },
  { status: 302, headers: { location: 'http://127.0.0.1/' }, body: Buffer.alloc(0) },
  { status: 400, headers: json, body: bytes({ error: null }) },
  { status: 400, headers: json, body: bytes({ error: 'text' }) },
  { status: 429, headers: { ...json, 'retry-after': 'never' }, body: bytes({ error: { message: 'slow' } }) },
  { status: 500, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') },
];

class Vault extends ConnectionVault {
  renewals = 0;

  constructor(private readonly connection: OpenConnection) {
    super();
  }

  override open(): Promise<OpenConnection> {
    return Promise.resolve(this.connection);
  }

  override renew(): Promise<OpenConnection> {
    this.renewals += 1;
    return Promise.resolve(this.connection);
  }
}

class Suite {
  private readonly connector: Connector;

  constructor(private readonly trial: Trial) {
    this.connector = this.within(HOSTILE_ANSWERS[0]);
  }

  hasSchemas(): void {
    const { connection, operations } = this.connector;
    assert.match(this.connector.name, /^[a-z][a-z0-9_]*$/);
    assert.ok(operations.length > 0, 'a connector needs an operation');
    assert.equal(new Set(operations.map(({ name }) => name)).size, operations.length);
    for (const { name, description, parameters, output } of operations) {
      assert.match(name, /^[a-z][A-Za-z0-9]*$/);
      assert.match(description, /\.$/);
      for (const schema of [parameters, output]) assertDescribed(schema, name);
      assert.equal(parameters['additionalProperties'], false, `${name} takes members that it does not know`);
    }
    if (connection)
      for (const schema of [connection.credentials, connection.settings]) assertDescribed(schema, 'connection');
  }

  takesExamples(): void {
    const { connection, operations } = this.connector;
    for (const { parameters, example } of operations) assert.deepEqual(issuesOf(parameters, example), []);
    assert.ok(
      !connection || this.trial.connections.length > 0,
      'a connector with connections needs one to be tried with',
    );
    for (const { credentials, settings } of this.trial.connections) {
      assert.deepEqual(issuesOf(connection?.credentials ?? false, credentials), []);
      assert.deepEqual(issuesOf(connection?.settings ?? false, settings), []);
    }
  }

  async answersAbort(): Promise<void> {
    await this.each(this.connector, async (operation, connection) => {
      const context = aContext({ signal: AbortSignal.abort() });
      const answer = this.call(this.connector, operation, operation.example, connection, context);
      const outcome = await Promise.race([answer, setTimeout(PATIENCE_MS)]);
      assert.ok(outcome !== undefined, `${operation.name} ignores its signal`);
    });
  }

  async survivesParameters(): Promise<void> {
    await this.each(this.connector, (operation, connection) =>
      fc.assert(
        fc.asyncProperty(mutationsOf(operation.example), async (parameters) => {
          await this.call(this.connector, operation, parameters, connection);
        }),
        { numRuns: 50 },
      ),
    );
    assert.equal(({} as JsonObject)['polluted'], undefined, 'the prototype of all objects was changed');
  }

  async survivesAnswers(): Promise<void> {
    for (const answer of HOSTILE_ANSWERS) {
      const connector = this.within(answer);
      await this.each(connector, async (operation, connection) => {
        await this.call(connector, operation, operation.example, connection);
      });
      for (const given of this.trial.connections) {
        const result = await connector.connection?.test(this.opened(given), AbortSignal.timeout(PATIENCE_MS));
        assert.ok(result?.ok === true || result?.message !== '');
      }
    }
  }

  async renewsOnce(): Promise<void> {
    const connector = this.within({ status: 401, headers: json, body: bytes({ ok: false, error: 'invalid_auth' }) });
    await this.each(connector, async (operation, connection) => {
      const vault = new Vault(connection);
      const step = { connector, operation, parameters: operation.example, connection: null };
      const outcome = await callOperation(vault, step, aContext());
      assert.ok(vault.renewals <= 1);
      if (vault.renewals === 1) assert.equal(outcome.kind === 'failed' && outcome.error.code, 'CONNECTION_ERROR');
    });
  }

  /** The outside world says everything that it was told, in every answer. */
  async keepsSecrets(): Promise<void> {
    const echo = (status: number) => (url: string, headers: Readonly<Record<string, string>>) => {
      const said = JSON.stringify({ url, headers });
      return {
        status,
        headers: json,
        body: bytes({ error: { message: said }, id: said, ok: true, channel: said, said }),
      };
    };
    for (const status of [200, 400, 401, 500]) {
      const connector = this.trial.connectorIn(echo(status));
      await this.each(connector, async (operation, connection) => {
        const hidden: string[] = [];
        const hide = (secrets: readonly string[]) => void hidden.push(...secrets);
        const outcome = await this.call(connector, operation, operation.example, connection, aContext({ hide }));
        const shown = hidden.reduce((text, secret) => text.replaceAll(secret, ''), JSON.stringify(outcome));
        for (const secret of textsOf(connection.credentials)) {
          const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
          for (const form of forms) assert.ok(!shown.includes(form), `${operation.name} shows a credential`);
        }
      });
    }
  }

  private within(answer = HOSTILE_ANSWERS[0]): Connector {
    assert.ok(answer);
    return this.trial.connectorIn(() => answer);
  }

  private async each(
    connector: Connector,
    work: (operation: Operation, connection: OpenConnection) => Promise<void>,
  ): Promise<void> {
    for (const operation of connector.operations) {
      for (const given of this.trial.connections) await work(operation, this.opened(given));
    }
  }

  private opened(given: Pick<OpenConnection, 'credentials' | 'settings'>): OpenConnection {
    return { id: 'connection-1', provider: this.connector.name, name: 'mine', ...given };
  }

  private async call(
    connector: Connector,
    operation: Operation,
    parameters: JsonObject,
    connection: OpenConnection,
    context: BlockContext = aContext(),
  ): Promise<BlockOutcome> {
    const step = { connector, operation, parameters, connection: null };
    const outcome = await callOperation(new Vault(connection), step, context);
    assertWellFormed(outcome);
    return outcome;
  }
}

function assertWellFormed(outcome: BlockOutcome): void {
  if (outcome.kind === 'failed') {
    assert.match(outcome.error.code, /^[A-Z][A-Z0-9_]*$/);
    assert.notEqual(outcome.error.message, '');
    assert.ok((outcome.retryAfterMs ?? 0) >= 0);
    return;
  }
  assert.equal(outcome.kind, 'done', 'an operation cannot park');
  checkJson(outcome.output);
}

/** Names of members are told by their schema; only a person can tell what they are. */
function assertDescribed(schema: JsonObject, where: string): void {
  compileSchema(schema);
  assert.equal(schema['type'], 'object');
  const properties = (schema['properties'] ?? {}) as Record<string, JsonObject>;
  for (const [name, { description }] of Object.entries(properties))
    assert.ok(description, `${where}: ${name} is not described`);
}

function issuesOf(schema: Json, value: Json): unknown[] {
  const checked = compileSchema(schema).validate(value);
  return checked.ok ? [] : checked.issues;
}

/** The example with one member replaced or removed. */
function mutationsOf(example: JsonObject): fc.Arbitrary<JsonObject> {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }).filter((any) => !JSON.stringify(any).includes('__proto__')) as fc.Arbitrary<Json>,
    fc.constantFrom<Json>(...HOSTILE_TEXTS, -1, 0, 1e308),
  );
  return fc
    .record({ member: fc.constantFrom(...Object.keys(example), 'other'), value })
    .map(({ member, value: next }) => {
      const { [member]: _old, ...rest } = example;
      return next === null ? rest : { ...rest, [member]: next };
    });
}

function textsOf(value: Json): string[] {
  if (typeof value === 'string') return value.length < 8 ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
