import { newId } from '#libs/ids';
import type { NewRun } from './run-ledger.js';
import { now } from './run.events.js';
import type { PlannedRun } from './run-planner.js';
import { runsInAnyStatus, type Starter, type StartRequest } from './run-request.js';

/** The run that a request starts, queued. */
export function newRun(
  caller: Starter,
  request: StartRequest,
  { head, pinned, input, connection }: PlannedRun,
  print: Buffer | null,
): NewRun {
  const { settings, privacy } = head.compiled;
  const { options = {}, parent, replay } = request;
  return {
    organizationId: caller.organizationId,
    id: newId(),
    workflowId: head.id,
    versionId: head.versionId,
    workflowVersion: head.version,
    pinned,
    anyStatus: runsInAnyStatus(request),
    status: 'queued',
    trigger: request.trigger,
    priority: options.priority ?? 0,
    input,
    output: null,
    error: null,
    connectionId: connection?.id ?? null,
    apiKeyId: caller.keyId,
    requestId: request.requestId,
    maxDurationMs: Math.min(settings.maxDurationMs, parent?.remainingMs ?? Infinity),
    queueTtlMs: settings.queueTtlMs,
    elapsedMs: 0,
    parentRunId: parent?.runId ?? null,
    parentStepId: parent?.stepId ?? null,
    depth: parent?.depth ?? 0,
    replayOf: replay?.runId ?? null,
    concurrencyKey: options.concurrencyKey ?? null,
    startAt: options.startAt ?? null,
    expiresAt: options.expiresAt ?? null,
    store: privacy?.store ?? 'full',
    sealed: privacy !== null,
    idempotencyKey: request.idempotencyKey,
    fingerprint: print,
    events: [{ type: 'run.queued', at: now() }, ...(replay?.events ?? [])],
  };
}

/** Something keeps the run from starting at once. */
export const isDeferred = (run: NewRun): boolean =>
  run.concurrencyKey !== null || run.events.length > 1 || (run.startAt !== null && run.startAt.getTime() > Date.now());
