import { Injectable } from '@nestjs/common';
import { DomainError, unavailable } from '../../platform/errors/index.js';
import { faultPoint } from '../../platform/faults/index.js';
import { Backlog } from './backlog.js';
import { ConcurrencyKeys } from './concurrency-keys.js';
import { newRun } from './new-run.js';
import { type NewRun, RunLedger } from './run-ledger.js';
import { mismatch, type PlannedRun, RunPlanner } from './run-planner.js';
import { fingerprintOf, type Starter, type StartRequest } from './run-request.js';
import { existing } from './start-run.js';
import { WakeUps } from './wake-ups.js';

/** What came of one request of a batch: a new run, the run that a key of the request stands for, or why there is none. */
export type BatchAnswer = { runId: string; replayed: boolean } | { error: DomainError };

interface Item {
  request: StartRequest;
  print: Buffer | null;
  answer?: BatchAnswer;
}

interface Attempt {
  item: Item;
  run: NewRun;
}

/**
 * Starts up to 1000 runs in a handful of statements, whatever their number; requests whose concurrency mode needs a decision of its own cost a
 * transaction each. What is wrong with one request does not stop the others; no room in the backlog refuses them all.
 */
@Injectable()
export class StartBatch {
  constructor(
    private readonly planner: RunPlanner,
    private readonly ledger: RunLedger,
    private readonly keys: ConcurrencyKeys,
    private readonly backlog: Backlog,
    private readonly wake: WakeUps,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async assertWorkflow(caller: Starter, workflowId: string): Promise<void> {
    await this.planner.assertWorkflow(caller, workflowId);
  }

  /**
   * @returns an answer for each request, in their order
   * @throws DomainError BACKLOG_FULL, SERVER_BACKLOG_FULL
   */
  async execute(caller: Starter, requests: readonly StartRequest[]): Promise<BatchAnswer[]> {
    const items: Item[] = requests.map((request) => ({
      request,
      print: request.idempotencyKey === null ? null : fingerprintOf(request),
    }));
    const firsts = firstOfEachKey(items);
    let room = 0;
    // As in StartRun: more rounds than two are a storm of changes.
    for (let round = 0; round < 5; round++) {
      const open = [...new Set(firsts.values())].filter(({ answer }) => !answer);
      if (open.length === 0) break;
      const attempts = await this.plan(caller, open);
      if (attempts.length > room) await this.backlog.assertRoom(caller, attempts.length - room);
      room = Math.max(room, attempts.length);
      await this.insert(caller, attempts);
    }
    return items.map((item) => answerOf(item, firsts.get(item) ?? item));
  }

  private async plan(caller: Starter, items: Item[]): Promise<Attempt[]> {
    const planned = await this.planner.planAll(
      caller,
      items.map(({ request }) => request),
    );
    const refused = items.filter((_, index) => planned[index] instanceof DomainError);
    const replays = await this.planner.findReplays(caller, refused);
    for (const [index, item] of refused.entries()) {
      const error = planned[items.indexOf(item)] as DomainError;
      item.answer = answerOfReplay(replays[index] ?? null) ?? { error };
    }
    return items.flatMap((item, index) => {
      const plan = planned[index];
      if (item.answer || !plan) return [];
      return [{ item, run: newRun(caller, item.request, plan as PlannedRun, item.print) }];
    });
  }

  private async insert(caller: Starter, attempts: Attempt[]): Promise<void> {
    const inLine = attempts.filter(({ run, item }) => run.concurrencyKey === null || modeOf(item) === 'queue');
    const inserted = await this.ledger.insertBatch(inLine.map(({ run }) => run));
    for (const { item, run } of inLine) if (inserted.has(run.id)) item.answer = { runId: run.id, replayed: false };
    for (const attempt of attempts.filter((one) => !inLine.includes(one))) await this.decide(attempt);
    faultPoint('after_insert');
    const left = attempts.filter(({ item }) => !item.answer);
    const replays = await this.planner.findReplays(
      caller,
      left.map(({ item }) => item),
    );
    for (const [index, { item }] of left.entries()) {
      const answer = answerOfReplay(replays[index] ?? null);
      if (answer) item.answer = answer;
    }
    await this.wake.started(attempts.flatMap(({ item, run }) => (isNew(item.answer) ? [run] : [])));
  }

  /** A run whose mode looks at the other runs of its key. */
  private async decide({ item, run }: Attempt): Promise<void> {
    const entered = await this.keys.enter(run, modeOf(item));
    if (!entered) return;
    if ('inserted' in entered) {
      item.answer = { runId: run.id, replayed: false };
      for (const id of entered.cancelled) this.wake.cancelled(id);
      return;
    }
    try {
      item.answer = { runId: existing(entered.unfinished, item.request).runId, replayed: true };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      item.answer = { error };
    }
  }
}

const modeOf = ({ request }: Item) => request.options?.concurrencyMode ?? 'queue';

const isNew = (answer: BatchAnswer | undefined): boolean =>
  answer !== undefined && 'runId' in answer && !answer.replayed;

/** Of several requests with one idempotency key the first one is made, and the others are compared with it. */
function firstOfEachKey(items: readonly Item[]): Map<Item, Item> {
  const byKey = new Map<string, Item>();
  return new Map(
    items.map((item) => {
      const { workflowId, idempotencyKey } = item.request;
      if (idempotencyKey === null) return [item, item];
      const key = `${workflowId} ${idempotencyKey}`;
      const first = byKey.get(key) ?? item;
      byKey.set(key, first);
      return [item, first];
    }),
  );
}

function answerOf(item: Item, first: Item): BatchAnswer {
  const error = unavailable('The workflow is being changed at this moment; try again', { retryAfter: 1 });
  const answer = first.answer ?? { error };
  if (item === first) return answer;
  if (item.print && first.print && !item.print.equals(first.print)) return { error: mismatch() };
  return 'error' in answer ? answer : { ...answer, replayed: true };
}

function answerOfReplay(replay: string | DomainError | null): BatchAnswer | null {
  if (replay === null) return null;
  return replay instanceof DomainError ? { error: replay } : { runId: replay, replayed: true };
}
