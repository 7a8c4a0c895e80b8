import type { JsonObject } from '#libs/json-guard';
import type { RequiredConnection } from '../workflows/index.js';

/** The connection that a run's caller chose. */
export interface ChosenConnection {
  /** Bare UUID. */
  id: string;
  /** What templates read as `connection`: no credentials. */
  shown: JsonObject;
}

/** What runs have to know of connections; their module stands above this one and provides it. */
export abstract class RunConnections {
  /**
   * Checks that every connection a run needs can be used. Costs a statement where there is something to check, and none otherwise.
   * @param named what the request says, in either form of an id; null: nothing
   * @returns the connection that `named` names; null without it
   * @throws DomainError VALIDATION_ERROR when `named` names none, CONNECTION_REQUIRED when one is missing, ambiguous or not active
   */
  abstract check(
    organizationId: string,
    named: string | null,
    required: readonly RequiredConnection[],
  ): Promise<ChosenConnection | null>;

  /** The connection that a run was started with; null when it is gone. */
  abstract find(organizationId: string, id: string): Promise<ChosenConnection | null>;
}
