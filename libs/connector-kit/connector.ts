import type { BlockOutcome } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import type { OpenConnection } from './connection.js';

/** What one operation is called with. */
export interface OperationCall {
  /** Satisfy the operation's schema; defaults are filled in. */
  parameters: JsonObject;
  /** Null for an operation of a connector without connections, or one that {@link Connector.connection} makes optional. */
  connection: OpenConnection | null;
  organizationId: string;
  runId: string;
  stepId: string;
  attempt: number;
  /** The same for every attempt of the step. */
  idempotencyKey: string;
  signal: AbortSignal;
  now: () => Date;
}

/** Something a connector can do, as `connector.operation`. Always a call to the outside. */
export interface Operation {
  /** camelCase: `createInvoice`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the parameters, each with a description. */
  readonly parameters: JsonObject;
  /** JSON Schema of the output. */
  readonly output: JsonObject;
  /** Valid parameters, shown in descriptions. */
  readonly example: JsonObject;
  /** The parameters as records show them, where some may be credentials. Default: as they are. */
  shown?(parameters: JsonObject): JsonObject;
  /** Outcomes are values; an exception is a bug. A 401 is answered with {@link Refused} so that an OAuth token is renewed once. */
  run(call: OperationCall): Promise<BlockOutcome | Refused>;
}

/** The provider does not accept the connection's credentials. */
export interface Refused {
  kind: 'refused';
  message: string;
}

/** How a connector's connections are made. */
export interface ConnectionKind {
  /** Operations may run without a connection. */
  readonly optional: boolean;
  /** JSON Schema of `credentials`; every member is secret. */
  readonly credentials: JsonObject;
  /** JSON Schema of `settings`, which are shown. */
  readonly settings: JsonObject;
  /** Credentials may also come from an OAuth 2 authorization, as `{accessToken}`. */
  readonly oauth2: boolean;
  /** Makes one harmless call, or none where there is nothing to ask. Never throws. */
  test(connection: OpenConnection, signal: AbortSignal): Promise<TestResult>;
}

export type TestResult =
  { ok: true; /** The account at the provider. */ externalAccountId?: string } | { ok: false; message: string };

/** An outside system. Adding one is a folder in `src/connectors/` and a line in its list. */
export interface Connector {
  /** Lower case; also the `provider` of its connections. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Null: needs none. */
  readonly connection: ConnectionKind | null;
  readonly operations: readonly Operation[];
}

/** The connectors that this server knows. */
export class ConnectorRegistry {
  private readonly byName = new Map<string, Connector>();

  constructor(readonly connectors: readonly Connector[]) {
    for (const connector of connectors) {
      if (this.byName.has(connector.name)) throw new Error(`two connectors are called ${connector.name}`);
      this.byName.set(connector.name, connector);
    }
  }

  find(name: string): Connector | undefined {
    return this.byName.get(name);
  }
}
