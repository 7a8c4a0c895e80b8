import { BullModule } from '@nestjs/bullmq';
import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresBackend, setDefaultBackendFactory } from 'bullmq';
import pg from 'pg';
import { DATABASE_URL } from '../database/index.js';
import { Settings } from '../config/index.js';

/** BullMQ's tables; ours are in another schema, since some of its names are common words. */
export const QUEUE_SCHEMA = 'bullmq';
const QUEUE_POOL = Symbol('QUEUE_POOL');
/** Each worker pins one connection to listen. */
const POOL_SIZE = 5;

const logger = new Logger('Queue');

function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: 'runhook-queue',
    options: `-c search_path=${QUEUE_SCHEMA}`,
  });
  // Every queue and worker adds an error listener of its own.
  pool.setMaxListeners(0);
  pool.on('error', (error) => logger.warn(`idle queue connection lost: ${error.message}`));
  // One that is lost while it is checked out and between two statements emits that, which would end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

@Module({
  providers: [
    {
      provide: QUEUE_POOL,
      inject: [Settings, DATABASE_URL],
      useFactory: (settings: Settings, url: string) => (settings.REDIS_URL === undefined ? openPool(url) : null),
    },
  ],
  exports: [QUEUE_POOL],
})
class QueuePoolModule implements OnApplicationShutdown {
  constructor(@Inject(QUEUE_POOL) private readonly pool: pg.Pool | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }
}

/**
 * BullMQ on PostgreSQL, or on Redis with REDIS_URL; queues and processors are the same on both (docs/adr/0001).
 * Jobs carry no run data: they say that work may be due, or that housekeeping is.
 */
@Module({
  imports: [
    BullModule.forRootAsync({
      imports: [QueuePoolModule],
      inject: [Settings, QUEUE_POOL],
      useFactory: (settings: Settings, pool: pg.Pool | null) => {
        if (pool === null) {
          // A silent half-open link would hang a blocking worker for ever without socketTimeout (reliability §0.5).
          return { connection: { url: settings.REDIS_URL ?? '', maxRetriesPerRequest: null, socketTimeout: 15_000 } };
        }
        setDefaultBackendFactory(createPostgresBackend as Parameters<typeof setDefaultBackendFactory>[0]);
        return { connection: pool as unknown as { url: string } };
      },
    }),
  ],
})
export class QueueModule {}
