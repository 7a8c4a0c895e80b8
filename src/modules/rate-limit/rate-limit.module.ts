import { type ExecutionContext, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Settings } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import type { RateCategory } from '../auth/index.js';
import { FallbackStore } from './fallback-store.js';
import { MemoryStore } from './memory-store.js';
import { categoryOf, limitOf, trackerOf } from './policy.js';
import { PostgresStore } from './postgres-store.js';
import { RateBudget } from './rate-budget.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RATE_STORE, type RateStore, WINDOW_MS } from './rate-store.js';
import { RedisStore } from './redis-store.js';
import { StoreAdapter } from './store-adapter.js';

/** Redis where there is one; PostgreSQL where other processes may share the database; else this process is alone and memory is enough. */
async function openStore({ REDIS_URL, DATABASE_URL }: Settings, database: Database): Promise<RateStore> {
  const logger = new Logger('RateLimit');
  const options = { warn: (message: string) => logger.warn(message) };
  const onError = (error: Error) => logger.debug(`rate store: ${error.message}`);
  if (REDIS_URL) {
    const redis = new RedisStore(REDIS_URL, { onError });
    await redis.connect();
    return new FallbackStore(redis, options);
  }
  if (DATABASE_URL) return new FallbackStore(new PostgresStore(database, { onError }), options);
  return new MemoryStore();
}

@Module({
  providers: [{ provide: RATE_STORE, inject: [Settings, Database], useFactory: openStore }, RateBudget],
  exports: [RATE_STORE, RateBudget],
})
class RateStoreModule implements OnApplicationShutdown {
  constructor(@Inject(RATE_STORE) private readonly store: RateStore) {}

  onApplicationShutdown(): void {
    this.store.close?.();
  }
}

const throttlerOptions = (store: RateStore, settings: Settings): ThrottlerModuleOptions => ({
  storage: new StoreAdapter(store),
  throttlers: [{ ttl: WINDOW_MS, limit: (context) => limitOf(context, limited(context), settings), blockDuration: 0 }],
  getTracker: (_request, context) => trackerOf(context, limited(context)),
  generateKey: (_context, tracker, category) => `${category}:${tracker}`,
});

/** The guard asks only for requests that have a category. */
const limited = (context: ExecutionContext): RateCategory => categoryOf(context) as RateCategory;

@Module({
  imports: [
    RateStoreModule,
    ThrottlerModule.forRootAsync({
      imports: [RateStoreModule],
      inject: [RATE_STORE, Settings],
      useFactory: throttlerOptions,
    }),
  ],
  providers: [RateLimitGuard],
  exports: [RateLimitGuard, RateStoreModule],
})
export class RateLimitModule {}
