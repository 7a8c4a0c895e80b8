/** Where a parked step waits for a decision. */
export interface DecisionPlace {
  organizationId: string;
  runId: string;
  stepId: string;
}

/** An address at which one decision can be made without an API key. */
export interface DecisionLink {
  url: string;
  /** The part of the address that gives the right; not to be recorded. */
  secret: string;
}

/** Makes the links of steps that wait for a decision. The same place has the same link; it holds as long as the step waits. */
export abstract class DecisionLinks {
  /** Null: this server is not set up for links. */
  abstract create(place: DecisionPlace): Promise<DecisionLink | null>;
}
