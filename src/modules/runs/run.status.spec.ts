import { describe, expect, it } from 'vitest';
import { canMove, fromNativeStatus, isRetryable, isTerminal, RUN_STATUSES, toNativeStatus } from './run.status.js';

describe('the states of a run', () => {
  it('are final in four cases, of which a retry opens two again', () => {
    expect(RUN_STATUSES.filter(isTerminal)).toEqual(['completed', 'failed', 'cancelled', 'timed_out']);
    expect(RUN_STATUSES.filter(isRetryable)).toEqual(['failed', 'timed_out']);
  });

  it('never leave a final state but by a retry', () => {
    for (const from of RUN_STATUSES.filter(isTerminal)) {
      const targets = RUN_STATUSES.filter((to) => canMove(from, to));
      expect(targets).toEqual(isRetryable(from) ? ['queued'] : []);
    }
  });

  it('can always end', () => {
    for (const from of RUN_STATUSES.filter((status) => !isTerminal(status))) {
      expect(canMove(from, 'cancelled') && canMove(from, 'timed_out')).toBe(true);
    }
  });

  it('have one native word each, and back', () => {
    for (const status of RUN_STATUSES) expect(fromNativeStatus(toNativeStatus(status))).toBe(status);
    expect(toNativeStatus('queued')).toBe('pending');
  });
});
