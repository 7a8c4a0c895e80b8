import { defineConfig } from 'vitest/config';
import { hasRedis } from './test/support/redis.js';

const resolve = { conditions: ['source'] };
const ssr = { resolve: { conditions: ['source'] } };

/** One project a ring (DESIGN §8). Rings beyond `unit` start the embedded PostgreSQL and the built server by themselves. */
const ring = (name: string, include: string[], extra: object = {}) => ({
  resolve,
  ssr,
  test: { name, include, passWithNoTests: true, setupFiles: ['test/support/setup.ts'], ...extra },
});
/** A cluster is four processes that start at once, on the cores that elsewhere are for one. */
const cluster = { env: { E2E_TOPOLOGY: 'cluster' }, testTimeout: 90_000, hookTimeout: 120_000 };
const server = { globalSetup: ['test/support/global-setup.ts'], testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      ring('unit', ['libs/**/*.spec.ts', 'src/**/*.spec.ts']),
      ring('medium', ['test/medium/**/*.spec.ts'], server),
      ring('e2e', ['test/e2e/**/*.e2e.ts'], server),
      ring('e2e-cluster', hasRedis() ? ['test/e2e/**/*.e2e.ts'] : [], { ...server, ...cluster }),
      ring('contract', ['test/{contract,architecture}/**/*.spec.ts'], server),
      ring('chaos', ['test/chaos/**/*.chaos.ts'], { ...server, testTimeout: 240_000, fileParallelism: false }),
    ],
  },
});
