// oxlint-disable unicorn/no-thenable -- the contract's word for a branch, and nobody awaits a configuration
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { ConditionBlock } from './condition.block.js';

const type = new ConditionBlock();
const run = (config: JsonObject, input: JsonObject) => {
  const block = compileAlone(type, { config });
  const scope = aScope({ input });
  return block.run(block.resolve(scope), aContext({ scope }));
};

describe('condition', () => {
  it.each([
    { expression: '{{input.amount}} > 5000 && input.currency == "usd"' },
    { condition: { left: '{{input.amount}}', operator: 'gt', right: 5000 } },
    { condition: 'input.amount > 5000' },
    { conditions: [{ left: '{{input.amount}}', operator: 'gt', right: 5000 }, "input.currency == 'usd'"] },
    {
      condition: {
        and: [{ or: ['input.amount > 9000', { left: '{{input.currency}}', operator: 'eq', right: 'usd' }] }],
      },
    },
  ])('decides by %j', (config: JsonObject) => {
    const yes = { kind: 'done', output: { result: true }, route: 'then' };
    const no = { kind: 'done', output: { result: false }, route: 'else' };
    expect(run(config, { amount: 9_900, currency: 'usd' })).toEqual(yes);
    expect(run(config, { amount: 9, currency: 'eur' })).toEqual(no);
  });

  it('fails with its position where it cannot be decided', () => {
    expect(() => run({ expression: 'input.amount > 5' }, { amount: null })).toThrow(
      expect.objectContaining({ name: 'TemplateError', code: 'EXPRESSION_FAILED', position: 0, path: ['expression'] }),
    );
  });

  it('is configured by exactly one form', () => {
    expect(() => compileAlone(type, { config: {} })).toThrow('exactly one of expression, condition, conditions');
    expect(() => compileAlone(type, { config: { expression: 'true', condition: true } })).toThrow('exactly one');
  });

  it('refuses a broken expression with its position', () => {
    expect(() => compileAlone(type, { config: { expression: 'input.a >' } })).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_SYNTAX', position: 9 }),
    );
  });

  it.each([{ onError: 'continue' }, { errorHandling: { strategy: 'continue' } }])('cannot go on by %j', (members) => {
    expect(() => compileAlone(type, { ...members, config: { expression: 'true' } })).toThrow('takes no branch');
  });

  it('takes lists of step ids as branches', () => {
    expect(findIssues(type.config, { expression: 'true', then: ['a'], else: [] })).toEqual([]);
    expect(findIssues(type.config, { expression: 'true', then: 'a' })).toMatchObject([{ path: ['then'] }]);
    expect(findIssues(type.config, { expression: 'true', else: [1] })).toMatchObject([{ path: ['else'] }]);
  });
});
