/**
 * Runs: what has been started. Words: a *run* is a row before anything else; its *events* are its journal, numbered from 1; a *lease* is the
 * time for which a worker owns it, fenced by an *attempt token*; the *doorbell* says that a run may be due. Dialects start runs through
 * {@link StartRun} and look at them through {@link RunReader}.
 */
export { IdempotencyKeyEntity, RunEntity, RunEventsEntity, RunSignalEntity } from './run.entity.js';
export { ControlRun } from './control-run.js';
export { ListRunsQuery } from './dto/run-filter.dto.js';
export { type ParkedStep, ParkedSteps } from './parked-steps.js';
export { runNotFound, RunIdPipe } from './run-id.js';
export { type ChosenConnection, RunConnections } from './run-connections.js';
export { Housekeeping } from './jobs/housekeeping.js';
export { ReplayRun } from './replay-run.js';
export { payloadErased } from './run.errors.js';
export { type RunResult, toRunResult } from './run-result.js';
export type { Starter, StartRequest } from './run-request.js';
export { RunReader, type RunWithPayloads } from './run-reader.js';
export { type AwaitedRun, RunAndWait } from './run-and-wait.js';
export type { RunDto } from './dto/run.dto.js';
export type { RunEventDto } from './dto/run-event.dto.js';
export { toIdempotencyKey } from './idempotency-key.js';
export { RunEventStream, STREAM_BUFFER } from './run-event-stream.js';
export { toNativeStatus } from './run.status.js';
export { RunsModule } from './runs.module.js';
export { type StartedRun, StartRun } from './start-run.js';
