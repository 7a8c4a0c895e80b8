import { parseId } from '#libs/ids';
import { fingerprint, type JsonObject } from '#libs/json-guard';
import type { StepEvent } from '#libs/engine';
import type { Tx } from '../../platform/database/index.js';
import type { Caller } from '../auth/index.js';
import type { RunTrigger } from './run.entity.js';

/** In whose name a run starts: a request's caller, a schedule, another run. */
export type Starter = Pick<Caller, 'organizationId' | 'workflowIds' | 'organization'> & { keyId: string | null };

/** The step of another run that a run is started for. */
export interface ParentStep {
  runId: string;
  stepId: string;
  /** Of the new run. */
  depth: number;
  /** What the parent has left of its time: the new run gets no more. */
  remainingMs: number;
}

/** What becomes of a run whose concurrency key has an unfinished run. */
export const CONCURRENCY_MODES = ['queue', 'reject', 'cancel_in_progress', 'use_existing'] as const;
export type ConcurrencyMode = (typeof CONCURRENCY_MODES)[number];

/** When, in which order and in which version a run starts. All of it is part of what makes two requests the same. */
export interface RunOptions {
  /** Not before. Default: at once. */
  startAt?: Date;
  /** Ends as timed out if it has not started by then. Default: only the workflow's `queueTtlMs`. */
  expiresAt?: Date;
  /** -100 to 100, higher first within the organization. Default 0. */
  priority?: number;
  /** Runs of the workflow with the same key do not overlap. Default: none. */
  concurrencyKey?: string;
  /** Default `queue`. */
  concurrencyMode?: ConcurrencyMode;
  /** Default: the current one. */
  version?: number;
}

/** The run that a run repeats. */
export interface ReplaySource {
  runId: string;
  /** The new run goes on from this step. */
  fromStep?: string;
  /** What it takes over of the journal. */
  events: StepEvent[];
}

export interface StartRequest {
  workflowId: string;
  input: JsonObject;
  connectionId: string | null;
  idempotencyKey: string | null;
  trigger: RunTrigger;
  requestId: string | null;
  options?: RunOptions;
  parent?: ParentStep;
  replay?: ReplaySource;
  /** The workflow need not be active; an archived one never runs. Default: only test runs. */
  anyStatus?: true;
  /** The caller waits for the result: a pure workflow is then executed on the spot. */
  awaited: boolean;
  /** Requests with the same key are the same, whatever else they say. Default: one that says something else is refused. */
  sameByKey?: true;
  /** Runs in the transaction that inserts the run, after it; throwing keeps the run out. Not for runs with a concurrency key. */
  admit?: (tx: Tx) => Promise<void>;
}

/** Whether the workflow's status does not matter to a request. */
export const runsInAnyStatus = ({ trigger, anyStatus }: Pick<StartRequest, 'trigger' | 'anyStatus'>): boolean =>
  trigger === 'test' || anyStatus === true;

/** What makes two requests the same (reliability D3). What a request leaves out, or gives its default, is left out here. */
export function fingerprintOf(request: StartRequest): Buffer {
  if (request.sameByKey) return fingerprint({ idempotencyKey: request.idempotencyKey });
  const { input, connectionId, trigger, options = {}, replay } = request;
  const { startAt, expiresAt, priority = 0, concurrencyKey, concurrencyMode = 'queue', version } = options;
  return fingerprint({
    input,
    connectionId: connectionId && (parseId('conn', connectionId) ?? connectionId),
    trigger,
    ...(startAt && { startAt: startAt.toISOString() }),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    ...(priority !== 0 && { priority }),
    ...(concurrencyKey !== undefined && { concurrencyKey }),
    ...(concurrencyMode !== 'queue' && { concurrencyMode }),
    ...(version !== undefined && { version }),
    ...(replay && { replayOf: replay.runId, fromStep: replay.fromStep ?? null }),
  });
}
