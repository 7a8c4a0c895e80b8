import { describeRateStore } from '../../../test/medium/rate-limit/rate-store.conformance.js';
import { MemoryStore } from './memory-store.js';

describeRateStore('memory', () => {
  let now = 0;
  return Promise.resolve({
    store: new MemoryStore({ now: () => now }),
    advance: (ms) => Promise.resolve(void (now += ms)),
    close: () => Promise.resolve(),
  });
});
