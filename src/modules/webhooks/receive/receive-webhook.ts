import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../platform/errors/index.js';
import { STATUS_OF } from '../../../platform/http/index.js';
import { PlanCache } from '../../workflows/index.js';
import { DeliveryLog } from '../deliveries/delivery-log.js';
import { deliveryOf, type DeliveryResult } from '../deliveries/delivery-of.js';
import type { KnownWebhook } from '../known-webhooks.js';
import { InactiveWebhook } from '../webhook.errors.js';
import { AnswerWebhook, type HttpAnswer } from './answer-webhook.js';
import { eventIdOf } from './event-id.js';
import { StartFromWebhook, type WebhookEvent } from './start-from-webhook.js';
import type { Believed, WebhookCall } from './webhook-call.js';
import { toInput } from './webhook-input.js';

/** From a believed call to its answer; what came of it is written down. */
@Injectable()
export class ReceiveWebhook {
  constructor(
    private readonly starter: StartFromWebhook,
    private readonly answers: AnswerWebhook,
    private readonly log: DeliveryLog,
    private readonly plans: PlanCache,
  ) {}

  /** @throws InactiveWebhook, and whatever StartRun throws */
  async execute(believed: Believed, call: WebhookCall): Promise<HttpAnswer> {
    const { hook } = believed;
    let eventId: string | null = null;
    const note = (result: DeliveryResult) => this.log.write(deliveryOf(believed, call, { eventId, ...result }));
    try {
      const event = readEvent(hook, call);
      ({ eventId } = event);
      const challenge = challengeOf(hook, event);
      const { answer, ...came } = challenge ? accepted(challenge) : await this.run(hook, event, call);
      note({ ...came, status: answer.status });
      return answer;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const reason = error instanceof InactiveWebhook ? error.reason : error.code;
      note({ outcome: 'refused', reason, status: STATUS_OF[error.kind], body: await this.bodyToKeep(hook, call) });
      throw error;
    }
  }

  private async run(hook: KnownWebhook, event: WebhookEvent, call: WebhookCall): Promise<Came> {
    const started = await this.starter.execute(hook, event, call);
    const answer = await this.answers.execute(hook, started, call.waitMs);
    return { outcome: started.replayed ? 'duplicate' : 'accepted', reason: null, runId: started.runId, answer };
  }

  /** Nothing of workflows whose payloads are private, nor of those that cannot be looked at. */
  private async bodyToKeep({ organizationId, workflowId }: KnownWebhook, call: WebhookCall): Promise<Buffer | null> {
    const head = await this.plans.findFreshHead(organizationId, workflowId).catch(() => null);
    return head && !head.compiled.privacy ? call.rawBody : null;
  }
}

type Came = Pick<DeliveryResult, 'outcome' | 'reason' | 'runId'> & { answer: HttpAnswer };

const accepted = (answer: HttpAnswer): Came => ({ outcome: 'accepted', reason: null, runId: null, answer });

function readEvent(hook: KnownWebhook, call: WebhookCall): WebhookEvent {
  if (!hook.enabled) throw new InactiveWebhook('DISABLED');
  const input = toInput(hook.origin, call);
  return { input, eventId: eventIdOf(hook.verification, call, input) };
}

/** Slack asks once whether the address is the right one: https://docs.slack.dev/reference/events/url_verification */
function challengeOf({ verification }: KnownWebhook, { input }: WebhookEvent): HttpAnswer | null {
  const { type, challenge } = input;
  if (verification.scheme !== 'slack' || type !== 'url_verification' || typeof challenge !== 'string') return null;
  return { status: 200, headers: {}, body: { challenge } };
}
