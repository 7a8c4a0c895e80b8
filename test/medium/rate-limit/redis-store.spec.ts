import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { RedisStore } from '../../../src/modules/rate-limit/redis-store.js';
import { startRedis } from '../../support/redis.js';
import { describeRateStore } from './rate-store.conformance.js';

const redis = await startRedis();
afterAll(() => redis?.stop());

/** Makes every hit older. ARGV[1]: microseconds. */
const AGE = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local times = redis.call('LRANGE', key, 0, -1)
  for index, time in ipairs(times) do
    redis.call('LSET', key, index - 1, string.format('%.0f', tonumber(time) - tonumber(ARGV[1])))
  end
end`;

const connected = async (url: string): Promise<RedisStore> => {
  const store = new RedisStore(url);
  await store.connect();
  return store;
};

describe.skipIf(!redis)('with a Redis', () => {
  const url = redis?.url ?? '';

  describeRateStore('Redis', async () => {
    const clock = new Redis(url);
    const store = await connected(url);
    return {
      store,
      advance: async (ms) => {
        await clock.eval(AGE, 0, Math.ceil(ms * 1000));
      },
      close: () => {
        store.close();
        clock.disconnect();
        return Promise.resolve();
      },
    };
  });

  it('processes together accept exactly the limit', async () => {
    const stores = [await connected(url), await connected(url)];
    const key = newId();
    const hits = Array.from({ length: 100 }, () => stores.map((store) => store.take(key, 30))).flat();
    expect((await Promise.all(hits)).filter((taken) => taken.accepted)).toHaveLength(30);
    for (const store of stores) store.close();
  });

  it('leaves no key behind when its window has passed', async () => {
    const clock = new Redis(url);
    const store = await connected(url);
    const key = newId();
    await store.take(key, 5);
    const ttl = await clock.pttl(`runhook:rate:${key}`);
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
    store.close();
    clock.disconnect();
  });
});

describe('a Redis that is not there', () => {
  it('fails at once instead of waiting', async () => {
    const store = await connected('redis://127.0.0.1:1');
    await expect(store.take('key', 1)).rejects.toThrow('writeable');
    store.close();
  });
});
