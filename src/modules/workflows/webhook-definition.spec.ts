import { describe, expect, it } from 'vitest';
import { checkTrigger } from './check-trigger.js';
import type { TriggerDefinition, WorkflowDefinition } from './definition.js';
import { checkVerification, checkWebhookBlocks, toVerification, webhooksOf } from './webhook-definition.js';

const withTrigger = (trigger: TriggerDefinition): WorkflowDefinition => ({ trigger, steps: [] });
const withBlocks = (...blocks: unknown[]) => ({ trigger: { type: 'api' }, steps: [], graph: { blocks } }) as never;
const config = { webhook_id: '0B0E1A66-92A3-4C4B-8C11-5D9A5B2E7F10', webhook_secret: 'v1.sealed' };

describe('the webhooks of a definition', () => {
  it('are none of an API or schedule trigger', () => {
    expect(webhooksOf(withTrigger({ type: 'api' }))).toEqual([]);
    expect(webhooksOf(withTrigger({ type: 'schedule', cron: '0 0 * * *' }))).toEqual([]);
  });

  it('are one of a webhook trigger, with defaults for what is absent or null', () => {
    const plain = { verification: { scheme: 'bearer' }, answer: 'accept', block: null };
    expect(webhooksOf(withTrigger({ type: 'webhook' }))).toEqual([plain]);
    expect(webhooksOf(withTrigger({ type: 'webhook', verification: null, answer: null } as never))).toEqual([plain]);
    const verification = {
      scheme: 'stripe',
      toleranceSeconds: 60,
      header: null,
      eventId: { path: 'id', header: null },
    };
    expect(webhooksOf(withTrigger({ type: 'webhook', verification, answer: 'respond' } as never))).toEqual([
      {
        verification: { scheme: 'stripe', toleranceSeconds: 60, eventId: { path: 'id' } },
        answer: 'respond',
        block: null,
      },
    ]);
  });

  it('are one for each webhook block that is enabled', () => {
    const hook = { id: 'hook', type: 'webhook', config };
    expect(
      webhooksOf(withBlocks(hook, { id: 'a', type: 'agent', config }, { ...hook, id: 'off', enabled: false })),
    ).toEqual([
      {
        verification: { scheme: 'bearer' },
        answer: 'result',
        block: { id: 'hook', webhookId: config.webhook_id.toLowerCase(), sealedSecret: 'v1.sealed' },
      },
    ]);
  });

  it('are none of blocks that have no address', () => {
    const broken = [
      { id: 'x', type: 'webhook' },
      { id: 'x', type: 'webhook', config: { webhook_id: 1 } },
    ];
    expect(webhooksOf(withBlocks(...broken))).toEqual([]);
  });

  it('are those of a trigger and of blocks together', () => {
    const hook = { id: 'hook', type: 'webhook', config };
    const both = { trigger: { type: 'webhook' }, steps: [], graph: { blocks: [hook] } } as never;
    expect(webhooksOf(both).map(({ block }) => block?.id ?? null)).toEqual([null, 'hook']);
  });

  it.each([
    [{ scheme: 'github' }, []],
    [undefined, []],
    [{ scheme: 'githib' }, ['Block "hook": verification.scheme must be one of']],
    [{ scheme: 'hmac' }, ['Block "hook": verification.header Required for the scheme hmac']],
    ['github', ['Block "hook": verification must be an object']],
  ])('are checked in blocks: %j', (verification, messages) => {
    const graph = { blocks: [{ id: 'hook', type: 'webhook', config: { ...config, verification } }] } as never;
    const found = checkWebhookBlocks(graph).map(({ message }) => message);
    expect(found).toEqual(messages.map((message) => expect.stringContaining(message) as string));
  });
});

describe('a verification', () => {
  it.each([
    [{ scheme: 'bearer' }, []],
    [{ scheme: 'hmac', header: 'X-Sig', algorithm: 'sha512', encoding: 'base64', prefix: 'v=' }, []],
    [{ scheme: 'hmac' }, ['header']],
    [{ scheme: 'github', header: 'X-Sig' }, ['header']],
    [{ scheme: 'github', toleranceSeconds: 5 }, ['toleranceSeconds']],
    [{ scheme: 'slack', toleranceSeconds: 5 }, []],
    [{ scheme: 'hmac', header: 'X-Sig', eventId: { header: 'X-Id' } }, []],
    [{ scheme: 'bearer', eventId: { header: 'X-Id', path: 'id' } }, ['eventId']],
    [{ scheme: 'bearer', eventId: { header: 'Authorization' } }, ['eventId']],
    [{ scheme: 'bearer', eventId: { header: 'X-Shop-Token' } }, ['eventId']],
    [{ scheme: 'stripe', eventId: { header: 'Stripe-Signature' } }, ['eventId']],
    [{ scheme: 'hmac', header: 'X-Proof', eventId: { header: 'x-proof' } }, ['eventId']],
    [{ scheme: 'hmac', header: 'X-Proof', eventId: { header: 'X-Event' } }, []],
  ])('has only what belongs to its scheme: %j', (verification, wrong) => {
    expect(checkVerification(verification as never).map(({ path }) => path[0])).toEqual(wrong);
  });

  it('of a scheme that nobody knows asks for the secret', () => {
    for (const value of [undefined, null, 'x', {}, { scheme: 'none' }])
      expect(toVerification(value)).toEqual({ scheme: 'bearer' });
  });

  it('is checked where the trigger stands', () => {
    const trigger = { type: 'webhook', cron: '* * * * *', verification: { scheme: 'hmac' } } as never;
    expect(checkTrigger(trigger, null).map(({ path }) => path.join('.'))).toEqual([
      'trigger.cron',
      'trigger.verification.header',
    ]);
    expect(checkTrigger({ type: 'api', answer: 'accept' } as never, null)).toEqual([
      { path: ['trigger', 'answer'], message: 'belongs to triggers of type "webhook"' },
    ]);
  });
});
