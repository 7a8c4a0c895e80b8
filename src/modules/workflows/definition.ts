import type { Json, JsonObject } from '#libs/json-guard';
import type { IntervalUnit } from '#libs/schedule';
import type { Verification } from '#libs/webhook-signatures';

/** A step as its author wrote it. */
export interface StepDefinition {
  id: string;
  type: string;
  name?: string;
  config?: JsonObject;
  retry?: RetryDefinition;
  retryConfig?: RetryDefinition;
  timeoutMs?: number;
  onError?: 'fail' | 'continue';
  errorHandling?: { strategy: 'fail' | 'continue'; fallback?: Json };
  action?: string;
}

export interface RetryDefinition {
  maxAttempts?: number;
  initialDelayMs?: number;
  factor?: number;
  maxDelayMs?: number;
}

export interface WorkflowSettings {
  /** Limit of a whole run from its first start, waits included. Default 24 h. */
  maxDurationMs?: number;
  /** How long a run may stay queued before it ends as timed out. Default 24 h. */
  queueTtlMs?: number;
  /** How much of the payloads of its runs is kept (docs/privacy.md). Default `full`. */
  store?: PayloadStore;
  /** Places whose values nobody is shown, such as `input.card.number`. */
  redact?: string[];
}

export const PAYLOAD_STORES = ['full', 'metadata', 'none'] as const;
export type PayloadStore = (typeof PAYLOAD_STORES)[number];

/** How runs start by themselves. A request can start one in any case. */
export type TriggerDefinition = { type: 'api' } | ScheduleDefinition | WebhookTrigger;

/** Starts a run at each time of the cron expression or the interval; one of the two is given. */
export interface ScheduleDefinition {
  type: 'schedule';
  cron?: string;
  interval?: { value: number; unit: IntervalUnit };
  /** IANA name. Default UTC. */
  timezone?: string;
  /** Default true. */
  enabled?: boolean;
  /** Of every run. Default `{}`. */
  input?: JsonObject;
  /** ISO 8601; no time before it. An interval is counted from it. */
  startAt?: string;
  /** ISO 8601; no time after it. */
  endAt?: string;
  maxRuns?: number;
}

/** A block of a graph as its author wrote it (contracts/vendors §3). */
export interface BlockDefinition {
  id: string;
  type: string;
  name?: string;
  config?: JsonObject;
  /** Default true; a disabled block is skipped. */
  enabled?: boolean;
  /** Where an editor draws it. */
  position?: { x: number; y: number };
}

export interface EdgeDefinition {
  id: string;
  source: string;
  target: string;
  /** Where it leaves its source. Of a block that routes, the route; default `output`, whatever route is taken. */
  sourceHandle?: string;
  targetHandle?: string;
  /** The route; wins over `sourceHandle`. */
  condition?: string | null;
}

/** Blocks and edges, in place of a list of steps. */
export interface GraphDefinition {
  blocks: BlockDefinition[];
  edges: EdgeDefinition[];
  /** Defaults of a run's input, which its templates also read as `variables`. */
  variables: JsonObject;
  /** For the editor. */
  color?: string;
}

/** Where the sender's id of the event stands; exactly one of the two. */
export interface EventIdPlace {
  header?: string;
  /** Members of the JSON body, separated by dots. */
  path?: string;
}

/** How a webhook's sender proves itself, and by what its events are told apart. */
export interface WebhookVerification extends Verification {
  /** Default: where the scheme's vendor puts it, if it has such a place. */
  eventId?: EventIdPlace;
}

/**
 * `accept`: 202 as soon as the run is stored. `respond`: what the response step says, within 60 s. `result`: the published answer of graph
 * workflows, within 300 s.
 */
export const WEBHOOK_ANSWERS = ['accept', 'respond', 'result'] as const;
export type WebhookAnswer = (typeof WEBHOOK_ANSWERS)[number];

/** Starts a run for each webhook that is let in. */
export interface WebhookTrigger {
  type: 'webhook';
  verification?: WebhookVerification;
  /** Default `accept`. */
  answer?: WebhookAnswer;
}

/** What a version holds. */
export interface WorkflowDefinition {
  trigger: TriggerDefinition;
  inputSchema?: Json;
  outputSchema?: Json;
  /** Empty where there is a graph. */
  steps: StepDefinition[];
  graph?: GraphDefinition;
  settings?: WorkflowSettings;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_MAX_DURATION_MS = DAY_MS;
export const DEFAULT_QUEUE_TTL_MS = DAY_MS;
/** Longest `maxDurationMs` and `queueTtlMs`: 30 days. */
export const LONGEST_MS = 30 * DAY_MS;
