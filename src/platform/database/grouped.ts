import { isTransient } from './database-errors.js';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

export interface GroupedOptions<Item> {
  /** Items in one statement at most. */
  maxBatch?: number;
  /** Statements in flight at the same time. */
  maxInFlight?: number;
  /** Two items with the same key never share a batch (`ON CONFLICT DO UPDATE` may not touch one row twice). Undefined: no limit. */
  keyOf?: (item: Item) => string | undefined;
}

/**
 * Group commit: calls made while a statement is in flight are answered by the next statement, all together.
 * A call on an idle group is sent in the same turn of the event loop, so grouping never adds latency when there is no load, and a call
 * is never answered by a statement that began before it was made.
 *
 * If a batch of several items fails, each is tried again alone, so that one bad item cannot fail its neighbours; unless the database is out
 * of reach, which fails them all at once rather than one time-out after the other.
 * `send` must therefore be atomic: one statement, or one transaction.
 */
export class Grouped<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private inFlight = 0;
  private scheduled = false;
  private readonly maxBatch: number;
  private readonly maxInFlight: number;
  private readonly keyOf: (item: Item) => string | undefined;

  /** @param send answers the items in their order, one result an item. */
  constructor(
    private readonly send: (items: Item[]) => Promise<Result[]>,
    options: GroupedOptions<Item> = {},
  ) {
    this.maxBatch = options.maxBatch ?? 100;
    this.maxInFlight = options.maxInFlight ?? 1;
    this.keyOf = options.keyOf ?? (() => undefined);
  }

  call(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Requests that arrived in the same turn of the event loop share a statement. */
  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.maxInFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.waiting.length === 0) return;
      void this.flush(this.nextBatch());
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private nextBatch(): Waiting<Item, Result>[] {
    const keys = new Set<string>();
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    for (const entry of this.waiting) {
      const key = this.keyOf(entry.item);
      const fits = batch.length < this.maxBatch && (key === undefined || !keys.has(key));
      if (fits && key !== undefined) keys.add(key);
      (fits ? batch : left).push(entry);
    }
    this.waiting = left;
    return batch;
  }

  private async flush(batch: Waiting<Item, Result>[]): Promise<void> {
    this.inFlight++;
    try {
      await this.answer(batch);
    } finally {
      this.inFlight--;
      if (this.waiting.length > 0) this.schedule();
    }
  }

  private async answer(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.send(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => entry.resolve(results[index] as Result));
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) for (const entry of batch) entry.reject(error);
      else for (const entry of batch) await this.answer([entry]);
    }
  }
}

/** A deadlock or a serialization failure is no outage, and an item alone is hardly in anybody's way. */
const CONFLICTS = ['40001', '40P01'];

const isOutage = (error: unknown): boolean =>
  isTransient(error) && !CONFLICTS.includes(String((error as { code?: unknown }).code));
