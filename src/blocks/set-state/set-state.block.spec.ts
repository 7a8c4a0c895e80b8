import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { SetStateBlock } from './set-state.block.js';

const compile = (config: JsonObject) => compileAlone(new SetStateBlock(), { config });
const run = (config: JsonObject, input: JsonObject = {}) => {
  const block = compile(config);
  return block.run(block.resolve(aScope({ input })), aContext());
};

describe('set_state', () => {
  it('sets several variables, typed', () => {
    const values = { currency: 'eur', limits: { max: 5 } };
    expect(run({ variables: { currency: '{{input.c}}', limits: { max: '{{input.m}}' } } }, { c: 'eur', m: 5 })).toEqual(
      {
        kind: 'done',
        output: values,
        variables: values,
      },
    );
  });

  it.each(['name', 'key'])('sets one variable by %s and value', (member) => {
    expect(run({ [member]: 'currency', value: '{{input.c}}' }, { c: 'eur' })).toMatchObject({
      variables: { currency: 'eur' },
    });
  });

  it('takes null as a value', () => {
    expect(run({ name: 'currency', value: null })).toMatchObject({ variables: { currency: null } });
  });

  it.each([
    [{}],
    [{ name: 'a' }],
    [{ value: 1 }],
    [{ name: 'a', key: 'a', value: 1 }],
    [{ variables: {}, name: 'a', value: 1 }],
    [{ variables: {}, value: 1 }],
  ])('refuses %j, which is neither form', (config: JsonObject) => {
    expect(() => compile(config)).toThrow('needs either "variables"');
  });

  it.each(['__proto__', '', '{{input.name}}', 'a"b', 'x'.repeat(101)])('refuses %j as a name', (name) => {
    expect(() => compile({ name, value: 1 })).toThrow('cannot name a variable');
    expect(() => compile({ variables: JSON.parse(`{${JSON.stringify(name)}: 1}`) as JsonObject })).toThrow(
      'cannot name a variable',
    );
  });
});
