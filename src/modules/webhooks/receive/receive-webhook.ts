import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../platform/errors/index.js';
import { STATUS_OF } from '../../../platform/http/index.js';
import type { StartedRun } from '../../runs/index.js';
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
    const note: Note = (result) => this.log.write(deliveryOf(believed, call, { eventId, ...result }));
    let started: StartedRun;
    try {
      const event = readEvent(hook, call);
      ({ eventId } = event);
      const challenge = challengeOf(hook, event);
      if (challenge) {
        note({ outcome: 'accepted', reason: null, status: challenge.status });
        return challenge;
      }
      started = await this.starter.execute(hook, event, call);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const reason = error instanceof InactiveWebhook ? error.reason : error.code;
      note({ outcome: 'refused', reason, status: STATUS_OF[error.kind], body: await this.bodyToKeep(hook, call) });
      throw error;
    }
    return this.log.following(() => this.answer(hook, started, call.waitMs, note));
  }

  /** There is a run now, whatever becomes of the answer. */
  private async answer(hook: KnownWebhook, started: StartedRun, waitMs: number, note: Note): Promise<HttpAnswer> {
    let status = 500;
    try {
      const answer = await this.answers.execute(hook, started, waitMs);
      ({ status } = answer);
      return answer;
    } catch (error) {
      if (error instanceof DomainError) status = STATUS_OF[error.kind];
      throw error;
    } finally {
      note({ outcome: started.replayed ? 'duplicate' : 'accepted', reason: null, status, runId: started.runId });
    }
  }

  /** Nothing of workflows whose payloads are private, nor of those that cannot be looked at. */
  private async bodyToKeep({ organizationId, workflowId }: KnownWebhook, call: WebhookCall): Promise<Buffer | null> {
    const head = await this.plans.findFreshHead(organizationId, workflowId).catch(() => null);
    return head && !head.compiled.privacy ? call.rawBody : null;
  }
}

/** Writes down what came of the call. */
type Note = (result: DeliveryResult) => void;

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
