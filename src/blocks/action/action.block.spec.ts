import { describe, expect, it } from 'vitest';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { ActionBlock } from './action.block.js';

const type = new ActionBlock();

describe('action', () => {
  it('says which connector is missing, and that trying again is no use', () => {
    const block = compileAlone(type, { action: 'stripe.createInvoice', config: { customerId: '{{input.id}}' } });
    expect(block.run(block.resolve(aScope()), aContext())).toEqual({
      kind: 'failed',
      error: { code: 'CONNECTION_ERROR', message: 'The connector "stripe" is not installed on this server' },
      retryable: false,
    });
  });

  it('shows its parameters resolved', () => {
    const scope = aScope({ input: { id: 'cus_1' } });
    const expected = { action: 'stripe.createInvoice', parameters: { customerId: 'cus_1', action: 'x' } };
    const beside = compileAlone(type, {
      action: 'stripe.createInvoice',
      config: { customerId: '{{input.id}}', action: 'x' },
    });
    expect(beside.resolve(scope)).toEqual(expected);
    const inside = compileAlone(type, {
      config: { connector: 'stripe', action: 'createInvoice', customerId: '{{input.id}}' },
    });
    expect(inside.resolve(scope)).toEqual({ ...expected, parameters: { customerId: 'cus_1' } });
  });

  it.each([
    [{}, 'needs "action" beside "config"'],
    [{ connector: 'stripe' }, "connector's operation"],
    [{ action: 'createInvoice' }, 'must name the connector'],
    [{ connector: '{{input.connector}}', action: 'createInvoice' }, 'must name the connector'],
  ])('refuses the configuration %j', (config, message) => {
    expect(() => compileAlone(type, { config })).toThrow(message);
  });
});
