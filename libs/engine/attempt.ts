import type { BlockContext, BlockOutcome, ChildRuns, NestedOutcome, NestedSteps, Resumption } from '#libs/block-kit';
import { type Json, JsonGuardError } from '#libs/json-guard';
import { type Scope, TemplateError } from '#libs/templates';
import type { PlanNode } from './plan.js';
import { RunTooLarge, storable, type Storage } from './storable.js';

/** The longest delay a timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Characters of an error message that are kept. */
const LONGEST_MESSAGE = 1_000;
/** Characters of it that are searched for secrets. */
const LONGEST_SEARCHED = 8_000;

interface Attempt {
  node: PlanNode;
  /** In the run: with the iterations above it. */
  stepId: string;
  attempt: number;
  organizationId: string;
  runId: string;
  connectionId: string | null;
  scope: Scope;
  upstream: Json;
  /** Given: the block is asked again instead of being run. */
  resumption?: Resumption | undefined;
  /** The step's input as recorded earlier, to be used again; undefined: it is resolved. */
  recorded?: Json | undefined;
  /** Runs that this step starts. */
  children: ChildRuns;
  /** Executes nested steps until the signal is aborted. */
  execute: (
    steps: NestedSteps,
    index: number,
    names: Record<string, Json>,
    signal: AbortSignal,
  ) => Promise<NestedOutcome>;
  /** Keeps what is recorded of the run within bounds. */
  storage: Storage;
  signal: AbortSignal;
  now: () => Date;
  /** Told the resolved input before the block runs. */
  started: (input: Json) => void;
  onBug: (error: unknown) => void;
}

/**
 * One attempt of a step. Always answers with an outcome, within the node's time limit even when the block ignores its signal.
 */
export async function runAttempt(attempt: Attempt): Promise<BlockOutcome> {
  let input: Json;
  try {
    input = begin(attempt);
  } catch (error) {
    attempt.started(null);
    return failure(error, attempt.onBug);
  }
  try {
    const { timeoutMs } = attempt.node;
    return checked(
      await (timeoutMs === undefined
        ? runBlock(attempt, input, attempt.signal)
        : withTimeout(attempt, input, timeoutMs)),
      attempt.storage,
    );
  } catch (error) {
    return failure(error, attempt.onBug);
  }
}

/** Records the step's input. What the block is given may hold secrets that the record does not. */
function begin({ node, scope, storage, started, recorded, resumption }: Attempt): Json {
  if (recorded !== undefined) {
    if (!resumption) started(recorded);
    return recorded;
  }
  const input = node.block.resolve(scope);
  const kept = storage.keep(input);
  started(kept);
  return storage.hides ? storable(input) : kept;
}

function runBlock(attempt: Attempt, input: Json, signal: AbortSignal): BlockOutcome | Promise<BlockOutcome> {
  const { node, organizationId, runId, connectionId, scope, upstream, now, storage, resumption } = attempt;
  const context: BlockContext = {
    organizationId,
    runId,
    connectionId,
    hide: (secrets) => storage.hide(secrets),
    children: attempt.children,
    execute: (steps, index, names, own) =>
      attempt.execute(steps, index, names, own ? AbortSignal.any([signal, own]) : signal),
    stepId: attempt.stepId,
    attempt: attempt.attempt,
    idempotencyKey: `${runId}:${attempt.stepId}`,
    signal,
    scope,
    upstream,
    now,
  };
  if (!resumption) return node.block.run(input, context);
  if (!node.block.resume) throw new Error(`a ${node.type} parked that cannot be asked again`);
  return node.block.resume(input, context, resumption);
}

/** The outcome as it can be journaled; throws for one that cannot. */
function checked(outcome: BlockOutcome, storage: Storage): BlockOutcome {
  if (outcome.kind === 'failed') {
    const { code, message } = outcome.error;
    return {
      ...outcome,
      error: { code, message: storable(storage.masked(beginningOf(message)).slice(0, LONGEST_MESSAGE)) as string },
      ...keptLogs(outcome, storage),
    };
  }
  const output = storage.keep(outcome.output);
  if (outcome.kind === 'wait') {
    if (outcome.until !== null && Number.isNaN(outcome.until.getTime()))
      throw new RangeError('the block waits until no valid time');
    return { ...outcome, output };
  }
  const { variables } = outcome;
  return {
    ...outcome,
    output,
    ...(variables && { variables: storage.keep(variables) as Record<string, Json> }),
    ...keptLogs(outcome, storage),
  };
}

/** Ends between two words, because half a secret would not be found. */
function beginningOf(message: string): string {
  if (message.length <= LONGEST_SEARCHED) return message;
  const text = message.slice(0, LONGEST_SEARCHED);
  const end = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\n'));
  return end > 0 ? text.slice(0, end) : `The message is longer than ${LONGEST_SEARCHED} characters`;
}

const keptLogs = ({ logs }: { logs?: string }, storage: Storage): { logs?: string } =>
  logs === undefined ? {} : { logs: storage.keep(logs) as string };

/** Races the block against its time limit and the end of the run, because a block may not listen to its signal. */
async function withTimeout(attempt: Attempt, input: Json, timeoutMs: number): Promise<BlockOutcome> {
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const cut = new Promise<BlockOutcome>((resolve) => {
    stop = () => resolve({ kind: 'failed', error: { code: 'ABORTED', message: 'The run ended.' }, retryable: false });
    attempt.signal.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => resolve(timedOut(timeoutMs)), Math.min(timeoutMs, LONGEST_TIMER_MS));
  });
  try {
    if (attempt.signal.aborted) stop?.();
    const work = Promise.resolve(runBlock(attempt, input, AbortSignal.any([attempt.signal, own.signal])));
    // A late rejection of a block that was cut off has no listener left.
    work.catch(() => undefined);
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    if (stop) attempt.signal.removeEventListener('abort', stop);
    own.abort();
  }
}

const timedOut = (timeoutMs: number): BlockOutcome => ({
  kind: 'failed',
  error: { code: 'TIMEOUT', message: `The step took longer than its timeoutMs of ${timeoutMs}.` },
  retryable: true,
});

function failure(error: unknown, onBug: (error: unknown) => void): BlockOutcome {
  if (error instanceof TemplateError) return failed(error.code, `${error.message}${placeOf(error)}`);
  // What is no JSON at all is a bug of the block; too much of it is what the author and the other side made of it.
  if (error instanceof JsonGuardError && error.reason !== 'NOT_JSON' && error.reason !== 'UNSAFE_NUMBER') {
    return failed('INVALID_VALUE', `The step's input or output cannot be kept. ${error.message}`);
  }
  if (error instanceof RunTooLarge) return failed('RUN_TOO_LARGE', error.message);
  onBug(error);
  return failed('INTERNAL', 'The block failed unexpectedly.');
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});

function placeOf({ path, position }: TemplateError): string {
  const where = [
    position === undefined ? [] : [`position ${position}`],
    path.length === 0 ? [] : [path.join('.')],
  ].flat();
  return where.length === 0 ? '' : ` (at ${where.join(' of ')})`;
}
