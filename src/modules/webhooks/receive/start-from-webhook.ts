import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { DomainError } from '../../../platform/errors/index.js';
import { type StartedRun, StartRun, type Starter, type StartRequest } from '../../runs/index.js';
import { ArmWebhooks } from '../arm/arm-webhooks.js';
import { type KnownWebhook, KnownWebhooks } from '../known-webhooks.js';
import { InactiveWebhook, unknownWebhook } from '../webhook.errors.js';
import type { WebhookCall } from './webhook-call.js';

/** What a call says. */
export interface WebhookEvent {
  input: JsonObject;
  /** By which it is recognised when it comes again within 24 hours. */
  eventId: string | null;
}

/** Starts the run of a call: of an active workflow always, of another one only while it is armed, which one call uses up. */
@Injectable()
export class StartFromWebhook {
  constructor(
    private readonly starter: StartRun,
    private readonly arms: ArmWebhooks,
    private readonly webhooks: KnownWebhooks,
  ) {}

  /** @throws InactiveWebhook, and whatever StartRun throws */
  async execute(hook: KnownWebhook, event: WebhookEvent, call: WebhookCall): Promise<StartedRun> {
    const starter = starterOf(hook);
    const request = toStartRequest(hook, event, call);
    if (hook.status !== 'active') return this.startArmed(starter, request);
    try {
      return await this.starter.execute(starter, request);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'INVALID_STATUS') throw error;
      const now = await this.webhooks.find(hook.id);
      if (now?.status === 'active') throw error;
      if (!now || now.status === 'archived') throw unknownWebhook();
      return this.startArmed(starter, request);
    }
  }

  /** A repeated event is answered with its run also when nothing is armed any more. */
  private async startArmed(starter: Starter, request: StartRequest): Promise<StartedRun> {
    const { organizationId } = starter;
    const { workflowId } = request;
    if (!(await this.arms.isArmed(organizationId, workflowId))) {
      const replay = await this.starter.findReplay(starter, request);
      if (replay) return replay;
      throw new InactiveWebhook('NOT_ACTIVE');
    }
    return this.starter.execute(starter, {
      ...request,
      anyStatus: true,
      admit: async (tx) => {
        if (!(await this.arms.take(tx, organizationId, workflowId))) throw new InactiveWebhook('NOT_ACTIVE');
      },
    });
  }
}

export function starterOf({ organizationId, settings: { concurrency, backlog } }: KnownWebhook): Starter {
  const organization = { ...(concurrency !== undefined && { concurrency }), ...(backlog !== undefined && { backlog }) };
  return { organizationId, keyId: null, organization };
}

export const toStartRequest = (
  { id, workflowId, answer }: Pick<KnownWebhook, 'id' | 'workflowId' | 'answer'>,
  { input, eventId }: WebhookEvent,
  { requestId, waitMs }: Pick<WebhookCall, 'requestId' | 'waitMs'>,
): StartRequest => ({
  workflowId,
  input,
  connectionId: null,
  idempotencyKey: eventId === null ? null : `webhook:${id}:${eventId}`,
  sameByKey: true,
  trigger: 'webhook',
  requestId,
  awaited: answer !== 'accept' || waitMs > 0,
});
