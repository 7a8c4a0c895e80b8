import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { WaitBlock } from './wait.block.js';

const type = new WaitBlock();
const DAY_MS = 86_400_000;
const now = new Date('2026-11-22T10:00:00.000Z');
const run = (config: JsonObject, input: JsonObject = {}) => {
  const block = compileAlone(type, { config });
  return block.run(block.resolve(aScope({ input })), aContext({ now: () => now }));
};
const waits = (ms: number) => ({ kind: 'wait', until: new Date(now.getTime() + ms), output: { waited: ms } });

describe('wait', () => {
  it.each([
    [{ duration: 1_500 }, {}, 1_500],
    [{ duration: '{{input.ms}}' }, { ms: 1_500 }, 1_500],
    [{ duration: '{{input.s}}000' }, { s: 3 }, 3_000],
    [{ duration: 0.2 }, {}, 1],
    [{ duration: 30 * DAY_MS }, {}, 30 * DAY_MS],
    [{ until: '2026-11-22T10:00:05Z' }, {}, 5_000],
    [{ until: '2026-11-22T10:00:05' }, {}, 5_000],
    [{ until: '2026-11-22T12:00:05+02:00' }, {}, 5_000],
    [{ until: '{{input.at}}' }, { at: '2026-11-23' }, 14 * 3_600_000],
  ])('parks for %j of %j', (config: JsonObject, input: JsonObject, ms) => {
    expect(run(config, input)).toEqual(waits(ms));
  });

  it.each([{ duration: 0 }, { until: '2020-01-01T00:00:00Z' }])('does not park for %j', (config: JsonObject) => {
    expect(run(config)).toEqual({ kind: 'done', output: { waited: 0 } });
  });

  it.each([
    ['duration', -1],
    ['duration', null],
    ['duration', 'soon'],
    ['duration', '1e400'],
    ['duration', ''],
    ['duration', [5]],
    ['duration', 30 * DAY_MS + 1],
    ['until', 'tomorrow'],
    ['until', '2026-02-30T00:00:00Z'],
    ['until', 1_800_000_000_000],
    ['until', '2027-01-01T00:00:00Z'],
    ['until', null],
  ])('fails on a %s of %j', (form, value) => {
    expect(run({ [form]: '{{input.value}}' }, { value })).toMatchObject({
      kind: 'failed',
      error: { code: 'INVALID_DURATION' },
      retryable: false,
    });
  });

  it('refuses what is wrong in the definition already', () => {
    expect(findIssues(type.config, { duration: 30 * DAY_MS + 1 })).toMatchObject([{ path: ['duration'] }]);
    expect(findIssues(type.config, { duration: -1 })).toMatchObject([{ path: ['duration'] }]);
    expect(findIssues(type.config, { duration: true })).toMatchObject([{ path: ['duration'] }]);
    expect(() => compileAlone(type, { config: { duration: 'soon' } })).toThrow('number of milliseconds');
    expect(() => compileAlone(type, { config: { until: 'soon' } })).toThrow('until must be a time');
    expect(() => compileAlone(type, { config: {} })).toThrow('needs either duration or until');
    expect(() => compileAlone(type, { config: { duration: 1, until: '2030-01-01' } })).toThrow('needs either');
  });

  it('takes a time of its own at save, however far ahead', () => {
    expect(() => compileAlone(type, { config: { until: '2999-01-01T00:00:00Z' } })).not.toThrow();
  });
});
