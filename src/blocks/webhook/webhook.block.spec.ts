import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { WebhookBlock } from './webhook.block.js';

const type = new WebhookBlock();
const ID = '6f0f3b1e-5a55-4d6a-9d7e-0d6f6c9f9a11';
const inGraph = { ...type, compile: type.graph.compile } as unknown as WebhookBlock;
const compile = (config: JsonObject) => compileAlone(inGraph, { config });

describe('webhook', () => {
  it('puts out what was sent', () => {
    const block = compile({ webhook_id: ID, webhook_secret: 's' });
    const scope = aScope({ input: { text: 'hi' } });
    expect(block.run(block.resolve(scope), aContext({ scope }))).toEqual({ kind: 'done', output: { text: 'hi' } });
  });

  it('records nothing of its configuration', () => {
    expect(compile({ webhook_id: ID, webhook_secret: 'canary' }).resolve(aScope())).toEqual({});
  });

  it.each<[JsonObject, string]>([
    [{ webhook_secret: 's' }, 'webhook_id'],
    [{ webhook_id: 'nope', webhook_secret: 's' }, 'webhook_id'],
    [{ webhook_id: ID }, 'webhook_secret'],
    [{ webhook_id: ID, webhook_secret: ' ' }, 'webhook_secret'],
  ])('is refused in a graph as %j', (config, member) => {
    expect(() => compile(config)).toThrow(member);
  });
});
