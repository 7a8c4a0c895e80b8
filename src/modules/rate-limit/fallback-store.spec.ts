import { describe, expect, it } from 'vitest';
import { FallbackStore } from './fallback-store.js';
import { MemoryStore } from './memory-store.js';

/** A shared store that can be taken down. */
function setup() {
  const state = { now: 0, down: false, asked: 0, warnings: [] as string[] };
  const working = new MemoryStore({ now: () => state.now });
  const shared = {
    take: (key: string, limit: number) => {
      state.asked++;
      return state.down ? Promise.reject(new Error('connection refused')) : working.take(key, limit);
    },
  };
  const warn = (message: string) => void state.warnings.push(message);
  return { state, store: new FallbackStore(shared, { warn, now: () => state.now }) };
}

describe('a shared store that fails', () => {
  it('is replaced by counts of the process alone, and used again when it is back', async () => {
    const { state, store } = setup();
    await store.take('key', 1);
    state.down = true;
    expect((await store.take('key', 1)).accepted).toBe(true);
    expect((await store.take('key', 1)).accepted).toBe(false);
    state.down = false;
    state.now += 2_000;
    expect(await store.take('key', 2)).toMatchObject({ accepted: true, used: 2 });
  });

  it('is asked again only every two seconds, and reported once a minute', async () => {
    const { state, store } = setup();
    state.down = true;
    for (; state.now < 120_000; state.now += 500) await store.take('key', 1000);
    expect(state.asked).toBe(60);
    expect(state.warnings).toHaveLength(2);
    expect(state.warnings[0]).toContain('connection refused');
  });
});
