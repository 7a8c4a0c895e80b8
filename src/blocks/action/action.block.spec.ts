import { describe, expect, it } from 'vitest';
import type { BlockContext } from '#libs/block-kit';
import { ConnectorRegistry, type Operation, type OperationCall } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { MemoryVault } from '../../../test/support/memory-ports.js';
import { ActionBlock } from './action.block.js';

const calls: OperationCall[] = [];
const operation = (name: string, parameters: JsonObject, shown?: Operation['shown']): Operation => ({
  name,
  description: 'Repeats.',
  parameters: { type: 'object', additionalProperties: false, ...parameters },
  output: {},
  example: {},
  ...(shown && { shown }),
  run: async (call) => {
    calls.push(call);
    return { kind: 'done', output: call.parameters };
  },
});
const connectors = new ConnectorRegistry([
  {
    name: 'shop',
    title: 'Shop',
    description: 'A shop.',
    connection: {
      optional: false,
      credentials: {},
      settings: {},
      oauth2: false,
      test: async () => ({ ok: true }),
    },
    operations: [
      operation('order', {
        required: ['customerId', 'amount'],
        properties: {
          customerId: { type: 'string' },
          amount: { type: 'number', minimum: 1 },
          currency: { type: 'string', default: 'usd' },
          tags: { type: 'array', items: { type: 'string' } },
          note: { type: 'string' },
        },
      }),
      operation('hush', { properties: { secret: { type: 'string' } } }, () => ({ secret: '***' })),
    ],
  },
  { name: 'dice', title: 'Dice', description: 'Rolls.', connection: null, operations: [operation('roll', {})] },
]);
const vault = new MemoryVault();
vault.add({ provider: 'shop', id: 'connection-a', name: 'live', credentials: { apiKey: 'secret-api-key' } });
const type = new ActionBlock(connectors, vault);

const order = { action: 'shop.order', config: { customerId: '{{input.id}}', amount: '{{input.total}}' } };
const run = (step: JsonObject & { config: JsonObject }, input: JsonObject, context: Partial<BlockContext> = {}) => {
  const scope = aScope({ input });
  const block = compileAlone(type, step);
  return block.run(block.resolve(scope), aContext({ scope, ...context }));
};

describe('action', () => {
  it('calls the operation with resolved parameters, defaults filled in, under the key of the step', async () => {
    expect(await run(order, { id: 'c-1', total: 4857.84 })).toEqual({
      kind: 'done',
      output: { customerId: 'c-1', amount: 4857.84, currency: 'usd' },
    });
    expect(calls.at(-1)).toMatchObject({
      connection: { name: 'live', credentials: { apiKey: 'secret-api-key' } },
      idempotencyKey: 'run-1:step-1',
      organizationId: 'organization-1',
    });
  });

  it('hides the secrets of the connection before it calls', async () => {
    const hidden: string[] = [];
    await run(order, { id: 'c-1', total: 1 }, { hide: (secrets) => void hidden.push(...secrets) });
    expect(hidden).toEqual(['secret-api-key']);
  });

  it('takes a missing path for a parameter left out', async () => {
    const config = { ...order.config, note: '{{input.note}}' };
    expect(await run({ ...order, config }, { id: 'c-1', total: 1 })).toMatchObject({ kind: 'done' });
  });

  it('fails with the place of a parameter that resolves to what the operation does not take', async () => {
    expect(await run(order, { id: 7 })).toEqual({
      kind: 'failed',
      error: {
        code: 'INPUT_INVALID',
        message: 'The parameters of shop.order are not valid: amount Required; customerId must be a string',
      },
      retryable: false,
    });
  });

  it('uses the connection that it names, by id or name, or says that there is none', async () => {
    for (const connection of ['live', 'connection-a', '{{input.connection}}']) {
      const config = { ...order.config, connection };
      expect(await run({ ...order, config }, { id: 'c', total: 1, connection: 'live' })).toMatchObject({
        kind: 'done',
      });
    }
    expect(await run({ ...order, config: { ...order.config, connection: 'test' } }, { id: 'c', total: 1 })).toEqual({
      kind: 'failed',
      error: { code: 'CONNECTION_ERROR', message: 'There is no connection "test" of shop' },
      retryable: false,
    });
  });

  it('shows its parameters as the operation lets them be shown', () => {
    const scope = aScope({ input: { id: 'c-1', total: 5 } });
    expect(compileAlone(type, { ...order, config: { ...order.config, connection: 'live' } }).resolve(scope)).toEqual({
      action: 'shop.order',
      connection: 'live',
      parameters: { customerId: 'c-1', amount: 5 },
    });
    expect(compileAlone(type, { action: 'shop.hush', config: { secret: 'x' } }).resolve(scope)).toEqual({
      action: 'shop.hush',
      parameters: { secret: '***' },
    });
  });

  it('may be named inside its configuration', () => {
    const config = { connector: 'dice', action: 'roll' };
    expect(compileAlone(type, { config }).resolve(aScope())).toEqual({ action: 'dice.roll', parameters: {} });
  });

  it('says which connection its runs need', () => {
    const needs = (config: JsonObject) =>
      compileAlone(type, { ...order, config: { ...order.config, ...config } }).connections;
    expect(needs({})).toEqual([{ provider: 'shop', named: null }]);
    expect(needs({ connection: 'live' })).toEqual([{ provider: 'shop', named: 'live' }]);
    expect(needs({ connection: '{{input.connection}}' })).toEqual([{ provider: 'shop', named: null }]);
    expect(compileAlone(type, { action: 'dice.roll', config: {} }).connections).toEqual([]);
  });

  it.each([
    [{ config: {} }, 'needs "action" beside "config"'],
    [{ config: { connector: 'shop' } }, "connector's operation"],
    [{ config: { action: 'order' } }, 'must name the connector'],
    [{ config: { connector: '{{input.connector}}', action: 'order' } }, 'must name the connector'],
    [{ action: 'stripe.order', config: {} }, 'unknown connector "stripe"; known connectors are shop, dice'],
    [{ action: 'shop.sell', config: {} }, 'shop has no operation "sell"; it has order, hush'],
    [{ action: 'constructor.name', config: {} }, 'unknown connector "constructor"'],
    [{ ...order, config: { customerId: 'c' } }, 'amount Required'],
    [{ ...order, config: { ...order.config, ammount: '{{input.x}}' } }, 'ammount is not allowed'],
    [{ ...order, config: { ...order.config, amount: 'ten' } }, 'amount must be a number'],
    [{ ...order, config: { ...order.config, amount: 0 } }, 'amount must be at least 1'],
    [{ ...order, config: { ...order.config, tags: ['{{input.tag}}', 7] } }, 'tags.1 must be a string'],
    [{ ...order, config: { ...order.config, connection: 7 } }, 'must be the id or the name'],
    [{ action: 'dice.roll', config: { connection: 'x' } }, 'Dice takes no connection'],
  ])('refuses %j when it is saved', (step, message) => {
    expect(() => compileAlone(type, step as JsonObject & { config: JsonObject })).toThrow(message);
  });

  it.each([
    [{ customerId: '{{input.id}}', amount: '{{input.total}}', tags: '{{input.tags}}' }],
    [{ customerId: 'c-{{input.id}}', amount: 1, tags: ['{{input.tag}}', 'x'] }],
    [{ customerId: 'c', amount: 1, note: null }],
  ])('saves %j, of which templates decide', (config) => {
    expect(() => compileAlone(type, { action: 'shop.order', config })).not.toThrow();
  });
});
