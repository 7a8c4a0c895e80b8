import type { BlockOutcome } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { type Scope, TemplateError } from '#libs/templates';
import type { PlanNode } from './plan.js';

interface Attempt {
  node: PlanNode;
  attempt: number;
  runId: string;
  scope: Scope;
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
    input = attempt.node.block.resolve(attempt.scope);
  } catch (error) {
    attempt.started(null);
    return failure(error, attempt.onBug);
  }
  attempt.started(input);
  try {
    const { timeoutMs } = attempt.node;
    return await (timeoutMs === undefined ? runBlock(attempt, input, attempt.signal) : withTimeout(attempt, input, timeoutMs));
  } catch (error) {
    return failure(error, attempt.onBug);
  }
}

function runBlock(attempt: Attempt, input: Json, signal: AbortSignal): BlockOutcome | Promise<BlockOutcome> {
  const { node, runId, scope, now } = attempt;
  return node.block.run(input, {
    runId,
    stepId: node.id,
    attempt: attempt.attempt,
    idempotencyKey: `${runId}:${node.id}`,
    signal,
    scope,
    now,
  });
}

/** Races the block against its time limit and the end of the run, because a block may not listen to its signal. */
async function withTimeout(attempt: Attempt, input: Json, timeoutMs: number): Promise<BlockOutcome> {
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const cut = new Promise<BlockOutcome>((resolve) => {
    stop = () => resolve({ kind: 'failed', error: { code: 'ABORTED', message: 'The run ended.' }, retryable: false });
    attempt.signal.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => resolve(timedOut(timeoutMs)), timeoutMs);
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
  if (error instanceof TemplateError) {
    const where = error.path.length > 0 ? ` (at ${error.path.join('.')})` : '';
    return { kind: 'failed', error: { code: error.code, message: `${error.message}${where}` }, retryable: false };
  }
  onBug(error);
  return { kind: 'failed', error: { code: 'INTERNAL', message: 'The block failed unexpectedly.' }, retryable: false };
}
