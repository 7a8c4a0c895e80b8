import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { ResponseBlock } from './response.block.js';

const type = new ResponseBlock();
const run = (config: JsonObject, input: JsonObject = {}) => {
  const block = compileAlone(type, { config });
  return block.run(block.resolve(aScope({ input })), aContext({ upstream: { id: 'inv_123' } }));
};

describe('response', () => {
  it.each([
    [{ id: '{{input.id}}' }, { id: 7 }],
    ['{{input.id}}', 7],
    ['order {{input.id}}', 'order 7'],
    [
      [1, '{{input.nope}}'],
      [1, null],
    ],
    [0, 0],
  ])('ends the run with %j', (output, expected) => {
    expect(run({ output }, { id: 7 })).toEqual({ kind: 'done', output: expected, ends: true });
  });

  it.each([{}, { output: {} }, { status: 201 }])(
    'passes on the output of the step before by %j',
    (config: JsonObject) => {
      expect(run(config)).toEqual({ kind: 'done', output: { id: 'inv_123' }, ends: true });
    },
  );

  it('records status and headers, resolved', () => {
    const config = { output: 1, status: '{{input.status}}', headers: { 'x-id': '{{input.id}}' } };
    const scope = aScope({ input: { status: 201, id: 7 } });
    expect(compileAlone(type, { config }).resolve(scope)).toEqual({ output: 1, status: 201, headers: { 'x-id': 7 } });
  });

  it('refuses a status that is none', () => {
    expect(findIssues(type.config, { status: 99 })).toMatchObject([{ path: ['status'] }]);
    expect(findIssues(type.config, { headers: [] })).toMatchObject([{ path: ['headers'] }]);
  });
});
