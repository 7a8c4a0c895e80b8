import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { StarterBlock } from './starter.block.js';

const type = new StarterBlock();
const run = (config: JsonObject, input: Json) => {
  const block = compileAlone(type, { config });
  return block.run(block.resolve(aScope({ input })), aContext());
};

describe('starter', () => {
  it.each<[JsonObject, Json, Json]>([
    [{}, { text: 'hi' }, { text: 'hi' }],
    [{ input: { text: 'default', language: 'en' } }, { text: 'hi' }, { text: 'hi', language: 'en' }],
    [{ input: { day: '{{now}}' } }, {}, { day: '2026-11-22T10:00:00.000Z' }],
    [{}, [1], {}],
  ])('%j puts out %j as %j', (config, input, output) => {
    expect(run(config, input)).toEqual({ kind: 'done', output });
  });

  it('refuses a schedule that is none', () => {
    expect(findIssues(type.config, { schedule_enabled: 'yes' })).toMatchObject([{ path: ['schedule_enabled'] }]);
    expect(findIssues(type.config, { schedule_interval_unit: 'years' })).toMatchObject([
      { path: ['schedule_interval_unit'] },
    ]);
    expect(findIssues(type.config, { schedule_start_at: 'soon' })).toMatchObject([{ path: ['schedule_start_at'] }]);
  });
});
