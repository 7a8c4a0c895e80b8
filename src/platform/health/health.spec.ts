import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import { Database } from '../database/index.js';
import { HealthController } from './health.controller.js';
import { HealthModule } from './index.js';

let query: () => Promise<unknown>;

/** A database whose pool answers as the test says. */
@Global()
@Module({ providers: [{ provide: Database, useValue: { pool: { query: () => query() } } }], exports: [Database] })
class FakeDatabaseModule {}

@Module({ imports: [FakeDatabaseModule, HealthModule] })
class TestModule {}

async function withApp(work: (base: string, app: NestExpressApplication) => Promise<void>): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(TestModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  try {
    await work(await app.getUrl(), app);
  } finally {
    await app.close();
  }
}

describe('health', () => {
  it('is ready while the database answers', async () => {
    query = () => Promise.resolve({});
    await withApp(async (base) => {
      const response = await fetch(`${base}/health/ready`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok', info: { database: { status: 'up' } } });
    });
  });

  it('is alive but not ready without a database, and tells no reason', async () => {
    query = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:5432'));
    await withApp(async (base) => {
      const ready = await fetch(`${base}/health/ready`);
      const text = await ready.text();
      expect(ready.status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ status: 'error', error: { database: { status: 'down' } } });
      expect(text).not.toContain('10.1.2.3');
      expect((await fetch(`${base}/health/live`)).status).toBe(200);
    });
  });

  it('is not ready from the moment shutdown begins', async () => {
    query = () => Promise.resolve({});
    await withApp(async (base, app) => {
      app.get(HealthController).onModuleDestroy();
      const response = await fetch(`${base}/health/ready`);
      expect([response.status, await response.json()]).toEqual([
        503,
        { status: 'shutting_down', info: {}, error: {}, details: {} },
      ]);
    });
  });
});
