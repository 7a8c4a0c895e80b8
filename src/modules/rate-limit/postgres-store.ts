import { type Database, Grouped } from '../../platform/database/index.js';
import type { Taken } from '../auth/index.js';
import { type RateStore, WINDOW_MS } from './rate-store.js';
import { FORGET_WINDOWS, PARTS, TAKE_HITS } from './sql/take-hits.sql.js';

interface Hit {
  key: string;
  limit: number;
}

/** A row of {@link TAKE_HITS}; times in milliseconds. */
export interface WindowRow {
  key: string;
  /** Number of the newest part since 1970. */
  newest: number;
  /** Hits by part, newest first. */
  counts: number[];
  /** Hits that this statement has added. */
  granted: number;
  now: number;
}

export interface PostgresStoreOptions {
  windowMs?: number;
  onError?: (error: Error) => void;
}

/**
 * For any number of processes without Redis. Conservative: a hit counts for a window and up to a sixtieth of it. Concurrent hits, of one
 * key or many, share one statement. The table is unlogged: a crash of the database forgets the last minute.
 */
export class PostgresStore implements RateStore {
  private readonly partMs: number;
  private readonly hits = new Grouped<Hit, Taken | Error>(
    // An outage fails the whole batch at once; trying each hit again alone would keep the callers waiting.
    (hits) => this.takeAll(hits).catch((error: Error) => hits.map(() => error)),
    { maxInFlight: 2 },
  );
  private readonly onError: (error: Error) => void;
  private forgottenAt = performance.now();

  constructor(
    private readonly database: Database,
    options: PostgresStoreOptions = {},
  ) {
    this.partMs = (options.windowMs ?? WINDOW_MS) / PARTS;
    this.onError = options.onError ?? (() => undefined);
  }

  async take(key: string, limit: number): Promise<Taken> {
    const taken = await this.hits.call({ key, limit });
    if (taken instanceof Error) throw taken;
    return taken;
  }

  /** Deletes the rows of keys without a hit in the window. */
  async forget(): Promise<void> {
    await this.database.run(FORGET_WINDOWS, [this.partMs]);
  }

  private async takeAll(hits: Hit[]): Promise<Taken[]> {
    const asked = new Map<string, { hits: number; limit: number }>();
    for (const { key, limit } of hits) {
      const known = asked.get(key);
      // Of two limits met in one batch the lower one holds; they differ only while a limit is being changed.
      asked.set(key, { hits: (known?.hits ?? 0) + 1, limit: Math.min(limit, known?.limit ?? limit) });
    }
    const values = [...asked.values()];
    const columns = [
      [...asked.keys()],
      values.map((value) => value.hits),
      values.map((value) => value.limit),
      this.partMs,
    ];
    const { rows } = await this.database.run<WindowRow>(TAKE_HITS, columns);
    this.forgetSometimes();
    const answers = new Map(rows.map((row) => [row.key, answersOf(row, asked.get(row.key)?.limit ?? 0, this.partMs)]));
    return hits.map(({ key }) => answers.get(key)?.next().value as Taken);
  }

  private forgetSometimes(): void {
    if (performance.now() - this.forgottenAt < WINDOW_MS) return;
    this.forgottenAt = performance.now();
    this.forget().catch(this.onError);
  }
}

/** The answers to the hits of one key in their order: the granted ones, then refusals. */
export function* answersOf(row: WindowRow, limit: number, partMs: number): Generator<Taken, never> {
  const after = row.counts.reduce((sum, hits) => sum + hits, 0);
  for (let answered = 1; ; answered++) {
    const accepted = answered <= row.granted;
    const used = accepted ? after - row.granted + answered : after;
    yield { accepted, used, freesInMs: freesInMs(row, accepted ? 1 : after - limit + 1, partMs) };
  }
}

/** Until the `count` oldest hits of the window are forgotten. */
function freesInMs({ counts, newest, now }: WindowRow, count: number, partMs: number): number {
  let left = count;
  for (let age = counts.length - 1; age >= 0; age--) {
    left -= counts[age] ?? 0;
    if (left <= 0) return (newest - age + PARTS + 1) * partMs - now;
  }
  return (PARTS + 1) * partMs;
}
