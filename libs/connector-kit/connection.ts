import type { JsonObject } from '#libs/json-guard';

/** A connection as one step uses it. Its credentials exist only while the step runs. */
export interface OpenConnection {
  /** Bare UUID. */
  id: string;
  /** The connector it belongs to: `stripe`, `http` … */
  provider: string;
  name: string;
  /** Secret. What they are is the connector's: `{apiKey}`, `{username, password}`; from an OAuth flow `{accessToken}`. */
  credentials: JsonObject;
  /** Not secret: addresses, ports, senders. */
  settings: JsonObject;
}

/** Which connection of a provider to use: what the step names, else what the run's caller chose, else the provider's only active one. */
export interface ConnectionChoice {
  organizationId: string;
  provider: string;
  /** Id (either form) or name, as the step's configuration has it; null: none. */
  named: string | null;
  /** `connectionId` of the run; null: none. Counts only if it is of this provider. */
  chosen: string | null;
}

/** Why there is no connection to use. The message is for the run's owner and names the connection or the provider. */
export class ConnectionFailure extends Error {
  override readonly name = 'ConnectionFailure';

  constructor(
    message: string,
    /** Whether the same may succeed later: the token endpoint is out of reach. */
    readonly retryable = false,
  ) {
    super(message);
  }
}

/** The organization has no connection of the provider at all, and none was named: what can do without goes on without. */
export class ConnectionAbsent extends ConnectionFailure {}

/** Where connections are kept. Opening one is the only way to its credentials. */
export abstract class ConnectionVault {
  /**
   * @throws ConnectionFailure: several of that provider and none named, or one that is not active; ConnectionAbsent: none of that provider,
   *   and none named
   */
  abstract open(choice: ConnectionChoice): Promise<OpenConnection>;
  /**
   * The same connection after its provider refused the credentials: an OAuth token is refreshed, whatever it says of its expiry.
   * @throws ConnectionFailure when that is impossible or fails
   */
  abstract renew(organizationId: string, connection: OpenConnection): Promise<OpenConnection>;
}
