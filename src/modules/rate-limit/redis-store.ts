import { Redis } from 'ioredis';
import type { Taken } from '../auth/index.js';
import { type RateStore, WINDOW_MS } from './rate-store.js';

/**
 * KEYS[1] a list of the accepted hits' times in microseconds, oldest first. ARGV: limit, window in microseconds.
 * Returns {accepted 0|1, used, microseconds until the window has one place more}.
 * By the server's clock, so that processes with different clocks agree. Amortized O(1) a hit: each time is added and dropped once.
 */
const SLIDE = `
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = redis.call('LLEN', KEYS[1])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[1])
  used = used - 1
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
if used >= limit then
  local blocking = redis.call('LINDEX', KEYS[1], used - limit)
  return {0, used, (tonumber(blocking or now)) + window - now}
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return {1, used + 1, (tonumber(oldest or now)) + window - now}
`;

interface Slide {
  slide(key: string, limit: number, windowMicros: number): Promise<[accepted: number, used: number, freesIn: number]>;
}

export interface RedisStoreOptions {
  windowMs?: number;
  /** Prefix of every key. */
  prefix?: string;
  onError?: (error: Error) => void;
}

/** Exact, for any number of processes. A call fails at once while the connection is down, and after a second without an answer. */
export class RedisStore implements RateStore {
  private readonly redis: Redis & Slide;
  private readonly windowMicros: number;
  private readonly prefix: string;

  constructor(url: string, options: RedisStoreOptions = {}) {
    this.windowMicros = (options.windowMs ?? WINDOW_MS) * 1000;
    this.prefix = options.prefix ?? 'runhook:rate:';
    this.redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      connectTimeout: 5_000,
      // A silent, half-open connection is given up (reliability §0.5).
      socketTimeout: 15_000,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
      scripts: { slide: { lua: SLIDE, numberOfKeys: 1 } },
    }) as Redis & Slide;
    this.redis.on('error', options.onError ?? (() => undefined));
  }

  /** Waits for the first attempt to connect, whether or not it succeeds: later ones follow in the background. */
  async connect(): Promise<void> {
    await this.redis.connect().catch(() => undefined);
  }

  async take(key: string, limit: number): Promise<Taken> {
    const [accepted, used, freesIn] = await this.redis.slide(this.prefix + key, limit, this.windowMicros);
    return { accepted: accepted === 1, used, freesInMs: freesIn / 1000 };
  }

  close(): void {
    this.redis.disconnect();
  }
}
