import { parseId } from '#libs/ids';
import { canMove, isTerminal, type RunStatus } from '../../../src/modules/runs/run.status.js';
import type { Evidence, RunRow } from './evidence.js';
import type { Operation } from './history.js';
import { canariesIn } from './load-client.js';
import { EFFECT, type Effect } from './sink.js';

/** What a scenario allows. */
export interface Allowance {
  /** Effects that the faults may have repeated: kills × concurrency. Default 0: each effect happens exactly once. */
  repeats?: number;
  /** How runs may end. Default: completed. */
  endings?: readonly RunStatus[];
  /** Runs that must end otherwise, by id. */
  except?: ReadonlyMap<string, RunStatus>;
  /** Share of operations that must succeed, else the scenario proves nothing. Default 0.8. */
  progress?: number;
  /** Accepted requests in any 60 s. */
  limit?: number;
}

/** All there is to judge by. */
export interface Case extends Evidence {
  operations: readonly Operation[];
  effects: readonly Effect[];
  /** What the servers printed. */
  outputs: readonly string[];
  allowance: Allowance;
}

/** No request may hang for longer than this. */
const LONGEST_ANSWER_MS = 10_000;
const WINDOW_MS = 60_000;

/** Sentences on what is wrong; none when every invariant of reliability B0 holds. */
export function violations(it: Case): string[] {
  return [
    ...acknowledgedRunsAreOver(it),
    ...refusedOperationsLeftNothing(it),
    ...oneRunForEachKey(it),
    ...effectsHappened(it),
    ...movesAreLawful(it),
    ...eventsTellTheSame(it),
    ...limitHeld(it),
    ...tenantsAreApart(it),
    ...progressWasMade(it),
    ...outagesAreAnswered(it),
  ];
}

const keyOf = (run: RunRow): string => `${run.organization_id} ${run.workflow_id} ${run.input['key'] as string}`;
const keyOfOperation = (operation: Operation): string =>
  `${operation.organizationId} ${parseId('wf', operation.workflowId)} ${operation.idempotencyKey}`;

/** I1 */
function acknowledgedRunsAreOver({ operations, runs, allowance }: Case): string[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const { endings = ['completed'], except } = allowance;
  const mayBe = ({ id, status }: RunRow): boolean =>
    except?.has(id) ? except.get(id) === status : endings.includes(status);
  const missing = operations.filter(({ outcome, runId }) => outcome === 'ok' && !byId.has(runId ?? ''));
  const wrong = runs.filter((run) => !mayBe(run));
  return [
    ...missing.map(({ op, runId }) => `I1: run ${runId} of operation ${op} was acknowledged and is missing`),
    ...wrong.map(({ id, status, error }) => `I1: run ${id} is ${status} ${JSON.stringify(error)}`),
  ];
}

/** I2. A key may have been refused with one body and accepted with another, or refused first and accepted later. */
function refusedOperationsLeftNothing({ operations, runs }: Case): string[] {
  const written = new Map(runs.map((run) => [keyOf(run), JSON.stringify(run.input)]));
  const body = (operation: Operation): string => `${keyOfOperation(operation)} ${JSON.stringify(operation.input)}`;
  const wanted = new Set(operations.filter(({ outcome }) => outcome !== 'fail').map(body));
  return operations
    .filter((operation) => operation.outcome === 'fail' && !wanted.has(body(operation)))
    .filter((operation) => written.get(keyOfOperation(operation)) === JSON.stringify(operation.input))
    .map(({ op, status }) => `I2: operation ${op} was answered ${status} and left a run`);
}

/** I3 */
function oneRunForEachKey({ operations, runs }: Case): string[] {
  const found: string[] = [];
  const runOf = new Map<string, string>();
  for (const run of runs) {
    const known = runOf.get(keyOf(run));
    if (known !== undefined) found.push(`I3: runs ${known} and ${run.id} share the key ${keyOf(run)}`);
    runOf.set(keyOf(run), run.id);
  }
  const asked = new Set(operations.map(keyOfOperation));
  for (const run of runs) if (!asked.has(keyOf(run))) found.push(`I3: nobody asked for run ${run.id}`);
  for (const operation of operations) {
    const { op, outcome, runId, status } = operation;
    if (outcome !== 'ok') continue;
    if (runId === undefined) found.push(`I3: operation ${op} was answered ${status} without a run`);
    else if (runOf.get(keyOfOperation(operation)) !== runId)
      found.push(`I3: operation ${op} was answered with run ${runId} of another key`);
  }
  return found;
}

/** I4 */
function effectsHappened({ runs, segments, effects, allowance }: Case): string[] {
  const found: string[] = [];
  const known = new Set(runs.map(({ id }) => id));
  const done = new Set(effects.map(({ idempotencyKey }) => idempotencyKey));
  for (const { idempotencyKey, runId } of effects) {
    if (idempotencyKey !== `${runId}:${EFFECT}`)
      found.push(`I4: an effect of run ${runId} carries the key ${idempotencyKey}`);
    if (!known.has(runId)) found.push(`I4: an effect of run ${runId}, which does not exist`);
  }
  for (const { run_id, events } of segments) {
    for (const { type, stepId } of events) {
      if (type !== 'step.completed' || stepId !== EFFECT || done.has(`${run_id}:${EFFECT}`)) continue;
      found.push(`I4: the effect of run ${run_id} is recorded and never happened`);
    }
  }
  const repeats = effects.length - done.size;
  const allowed = allowance.repeats ?? 0;
  if (repeats > allowed) found.push(`I4: ${repeats} effects were repeated, at most ${allowed} may be`);
  return found;
}

/** I5, by what the database recorded. */
function movesAreLawful({ runs, moves }: Case): string[] {
  const found: string[] = [];
  const now = new Map<string, RunStatus>();
  for (const { run_id, from, to } of moves) {
    const before = now.get(run_id) ?? null;
    if (from !== before) found.push(`I5: run ${run_id} moved from ${from} while it was ${before}`);
    if (from !== null && !canMove(from, to)) found.push(`I5: run ${run_id} moved from ${from} to ${to}`);
    now.set(run_id, to);
  }
  for (const { id, status } of runs) {
    if (now.get(id) !== status) found.push(`I5: run ${id} is ${status}, and last moved to ${now.get(id)}`);
  }
  return found;
}

/** I5, by what clients are told: numbered without gaps, one end for each attempt, nothing after it, and the run's own status. */
function eventsTellTheSame({ runs, segments }: Case): string[] {
  const found: string[] = [];
  const streams = new Map(runs.map(({ id }) => [id, [] as string[]]));
  for (const { run_id, last_seq, events } of segments) {
    const stream = streams.get(run_id) ?? [];
    stream.push(...events.map(({ type }) => type));
    if (stream.length !== last_seq) found.push(`I5: the events of run ${run_id} have a gap before number ${last_seq}`);
  }
  for (const { id, status, last_seq } of runs) {
    const stream = streams.get(id) ?? [];
    const attempts = stream.join(' ').split(' run.retried');
    if (stream.length !== last_seq) found.push(`I5: run ${id} has ${stream.length} events and counts ${last_seq}`);
    if (stream[0] !== 'run.queued') found.push(`I5: the events of run ${id} begin with ${stream[0]}`);
    const unlawful =
      attempts.slice(0, -1).some((attempt) => !ENDED.test(attempt)) || attempts.some((attempt) => TWICE.test(attempt));
    if (unlawful) found.push(`I5: the events of run ${id} are ${stream.join(' ')}`);
    if (isTerminal(status) && stream.at(-1) !== `run.${status}`)
      found.push(`I5: run ${id} is ${status}, and its events end with ${stream.at(-1)}`);
  }
  return found;
}

const ENDED = /run\.(completed|failed|cancelled|timed_out)$/;
/** Something after the end, or a second start. */
const TWICE = /run\.(completed|failed|cancelled|timed_out) .|run\.started .*run\.started/;

/** I8. What was certainly accepted within one window: begun and answered in it. */
function limitHeld({ operations, allowance: { limit } }: Case): string[] {
  if (limit === undefined) return [];
  const accepted = operations.filter(({ status }) => status !== undefined && status !== 429);
  return accepted.flatMap(({ invokedAt, op }) => {
    const within = accepted.filter(
      (other) => other.invokedAt >= invokedAt && other.answeredAt <= invokedAt + WINDOW_MS,
    );
    return within.length > limit
      ? [`I8: ${within.length} requests were accepted in the 60 s from operation ${op}, the limit is ${limit}`]
      : [];
  });
}

/** I9 */
function tenantsAreApart({ operations, runs, outputs }: Case): string[] {
  const strange = operations.filter(({ canaries = [], organizationId }) =>
    canaries.some((id) => id !== organizationId),
  );
  const mixed = runs.filter((run) => canariesIn(JSON.stringify(run)).some((id) => id !== run.organization_id));
  return [
    ...strange.map(({ op }) => `I9: the answer to operation ${op} holds another tenant's canary`),
    ...mixed.map(({ id }) => `I9: run ${id} holds another tenant's canary`),
    ...outputs.filter((output) => canariesIn(output).length > 0).map(() => 'I9: a server printed a canary'),
  ];
}

/** I10 */
function progressWasMade({ operations, allowance: { progress = 0.8 } }: Case): string[] {
  const ok = operations.filter(({ outcome }) => outcome === 'ok').length;
  return operations.length > 0 && ok >= progress * operations.length
    ? []
    : [`I10: only ${ok} of ${operations.length} operations succeeded`];
}

/** A server that cannot answer says so at once, and when to come back. */
function outagesAreAnswered({ operations }: Case): string[] {
  return operations.flatMap(({ op, status, contentType, retryAfter, invokedAt, answeredAt, error }) => {
    const tookMs = answeredAt - invokedAt;
    if (tookMs > LONGEST_ANSWER_MS) return [`B1.5: operation ${op} took ${tookMs} ms (${status ?? error})`];
    if (status === undefined || status < 500) return [];
    const proper =
      status === 503 && contentType?.startsWith('application/problem+json') === true && Number(retryAfter) >= 1;
    return proper
      ? []
      : [`B1.5: operation ${op} was answered ${status} ${contentType} ${error}, Retry-After ${retryAfter}`];
  });
}
