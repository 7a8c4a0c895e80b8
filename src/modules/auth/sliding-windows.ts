/** Answer to one hit. */
export interface Taken {
  accepted: boolean;
  /** Accepted hits in the window, this one included. */
  used: number;
  /** Milliseconds until the window has one place more than now. */
  freesInMs: number;
}

export interface SlidingWindowsOptions {
  windowMs?: number;
  /** Milliseconds on a clock that never goes back. */
  now?: () => number;
  /** Beyond it the window that was asked longest ago is forgotten. */
  maxKeys?: number;
}

/** Windows looked at for expiry on each hit: two for the one it may add, so that the map shrinks without a timer. */
const SWEPT_PER_HIT = 2;

/**
 * Exact sliding windows in memory: of one key's hits, no more than its limit are accepted in any `windowMs`, and a refused hit does not
 * count. Amortized O(1) a hit, 8 to 16 bytes an accepted hit.
 */
export class SlidingWindows {
  /** In the order of their last hit. */
  private readonly rings = new Map<string, Ring>();
  private readonly windowMs: number;
  private readonly now: () => number;
  private readonly maxKeys: number;

  constructor(options: SlidingWindowsOptions = {}) {
    this.windowMs = options.windowMs ?? 60_000;
    this.now = options.now ?? (() => performance.now());
    this.maxKeys = options.maxKeys ?? 100_000;
  }

  /** Keys in memory. */
  get size(): number {
    return this.rings.size;
  }

  take(key: string, limit: number): Taken {
    const now = this.now();
    this.sweep(now);
    const ring = this.rings.get(key) ?? new Ring();
    this.rings.delete(key);
    this.rings.set(key, ring);
    ring.dropUntil(now - this.windowMs);
    const accepted = ring.length < limit;
    // The hit whose end makes room: the oldest one, or a later one where the limit has been lowered meanwhile.
    const blocking = accepted ? 0 : ring.length - limit;
    if (accepted) ring.push(now);
    return { accepted, used: ring.length, freesInMs: (ring.at(blocking) ?? now) + this.windowMs - now };
  }

  private sweep(now: number): void {
    let looked = 0;
    for (const [key, ring] of this.rings) {
      if (this.rings.size < this.maxKeys && (looked++ === SWEPT_PER_HIT || ring.last > now - this.windowMs)) return;
      this.rings.delete(key);
    }
  }
}

/** A queue of times that grows by doubling. */
class Ring {
  private times = new Float64Array(4);
  private head = 0;
  length = 0;

  /** The newest time; -Infinity when there is none. */
  get last(): number {
    return this.at(this.length - 1) ?? -Infinity;
  }

  at(index: number): number | undefined {
    return index >= 0 && index < this.length ? this.times[(this.head + index) % this.times.length] : undefined;
  }

  push(time: number): void {
    if (this.length === this.times.length) this.grow();
    this.times[(this.head + this.length++) % this.times.length] = time;
  }

  dropUntil(time: number): void {
    while (this.length > 0 && (this.at(0) ?? 0) <= time) {
      this.head = (this.head + 1) % this.times.length;
      this.length--;
    }
  }

  private grow(): void {
    const grown = new Float64Array(this.times.length * 2);
    for (let i = 0; i < this.length; i++) grown[i] = this.at(i) ?? 0;
    this.times = grown;
    this.head = 0;
  }
}
