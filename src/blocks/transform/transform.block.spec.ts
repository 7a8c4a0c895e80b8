import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { TransformBlock } from './transform.block.js';

const type = new TransformBlock();
const run = (mapping: JsonObject, input: JsonObject) => {
  const block = compileAlone(type, { config: { mapping } });
  return block.run(block.resolve(aScope({ input })), aContext());
};

describe('transform', () => {
  it('computes money exactly', () => {
    const items = [
      { quantity: 2, price: 1999 },
      { quantity: 1, price: 500 },
    ];
    const sum = "input.items | map: 'quantity * price' | sum";
    const mapping = { subtotal: `{{${sum}}}`, tax: `{{${sum} | times: 0.08}}`, total: `{{${sum} | times: 1.08}}` };
    expect(run(mapping, { items })).toEqual({ kind: 'done', output: { subtotal: 4498, tax: 359.84, total: 4857.84 } });
  });

  it('fills in templates at any depth and keeps the rest', () => {
    const mapping = { customer: { id: '{{input.id}}', tags: ['new', '{{input.tag}}'] }, n: 1, gone: '{{input.nope}}' };
    expect(run(mapping, { id: 7, tag: 'vip' })).toEqual({
      kind: 'done',
      output: { customer: { id: 7, tags: ['new', 'vip'] }, n: 1, gone: null },
    });
  });

  it('shows the resolved mapping as its input', () => {
    const block = compileAlone(type, { config: { mapping: { id: '{{input.id}}' } } });
    expect(block.resolve(aScope({ input: { id: 7 } }))).toEqual({ mapping: { id: 7 } });
  });

  it('needs a mapping', () => {
    expect(findIssues(type.config, {})).toEqual([{ path: ['mapping'], message: 'Required' }]);
    expect(findIssues(type.config, { mapping: [] })).toMatchObject([{ path: ['mapping'] }]);
  });
});
