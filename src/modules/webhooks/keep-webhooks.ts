import { isDeepStrictEqual } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { newId } from '#libs/ids';
import type { Tx } from '../../platform/database/index.js';
import { type DomainError, validationError } from '../../platform/errors/index.js';
import {
  type ObservedWorkflow,
  type WebhookDefinition,
  type WebhookVerification,
  webhooksOf,
  type WorkflowChange,
  type WorkflowObserver,
  WorkflowObservers,
} from '../workflows/index.js';
import { ArmWebhooks } from './arm/arm-webhooks.js';
import { fitSecrets } from './fit-secrets.js';
import type { WebhookEntity } from './webhook.entity.js';
import { type WebhookChange, WebhookRepository } from './webhook.repository.js';
import { newSecret, WebhookSecrets } from './webhook-secrets.js';

/**
 * Keeps the webhooks of workflows as their definitions say, in the transactions that change those. The address and secret of a trigger are made
 * once and stay through all edits; a block of a graph has its own. A workflow whose status changes is disarmed.
 */
@Injectable()
export class KeepWebhooks implements WorkflowObserver, OnModuleInit {
  constructor(
    private readonly observers: WorkflowObservers,
    private readonly webhooks: WebhookRepository,
    private readonly secrets: WebhookSecrets,
    private readonly arms: ArmWebhooks,
  ) {}

  onModuleInit(): void {
    this.observers.join(this);
  }

  async changed(tx: Tx, workflow: ObservedWorkflow, { definition, statusChanged }: WorkflowChange): Promise<void> {
    if (statusChanged) await this.arms.disarmWithin(tx, workflow.organizationId, workflow.id);
    if (definition) await this.keep(tx, workflow, webhooksOf(definition));
  }

  private async keep(tx: Tx, { organizationId, id }: ObservedWorkflow, wanted: WebhookDefinition[]): Promise<void> {
    const kept = await this.webhooks.lockDefined(tx, organizationId, id);
    const pairs = wanted.map((definition) => ({ definition, old: kept.find((webhook) => isOf(webhook, definition)) }));
    refuseTwins(wanted);
    const matched = new Set(pairs.map(({ old }) => old));
    for (const webhook of kept) if (!matched.has(webhook)) await this.webhooks.delete(tx, organizationId, webhook.id);
    for (const { definition, old } of pairs) {
      if (old) await this.update(tx, old, definition);
      else await this.insert(tx, organizationId, id, definition);
    }
  }

  private async update(tx: Tx, old: WebhookEntity, { verification, answer, block }: WebhookDefinition): Promise<void> {
    const change: WebhookChange = {
      verification,
      answer,
      ...(block
        ? { blockId: block.id, secret: block.sealedSecret }
        : old.verification.scheme !== verification.scheme && (await this.secretsFor(old, verification))),
    };
    const same = Object.entries(change).every(([name, value]) =>
      isDeepStrictEqual(old[name as keyof WebhookChange], value),
    );
    if (!same) await this.webhooks.update(tx, old.organizationId, old.id, change);
  }

  /** The secret of a trigger may be one that somebody has chosen for the scheme before. */
  private async secretsFor(old: WebhookEntity, verification: WebhookVerification): Promise<WebhookChange> {
    const { problem, change } = await fitSecrets(this.secrets, old, verification);
    if (problem === null) return change;
    const message = `The secret of the trigger's webhook ${problem}; rotate the secret first`;
    throw validationError('Invalid workflow configuration', {
      details: [{ path: ['trigger', 'verification', 'scheme'], message }],
    });
  }

  private async insert(
    tx: Tx,
    organizationId: string,
    workflowId: string,
    { verification, answer, block }: WebhookDefinition,
  ): Promise<void> {
    const id = block?.webhookId ?? newId();
    const inserted = await this.webhooks.insert(tx, {
      id,
      organizationId,
      workflowId,
      blockId: block?.id ?? null,
      origin: block ? 'graph' : 'trigger',
      name: null,
      verification,
      secret: block?.sealedSecret ?? (await this.secrets.seal(organizationId, id, newSecret())),
      answer,
      enabled: true,
    });
    if (!inserted && block) throw usedAlready(block.id);
  }
}

const isOf = ({ id, origin }: WebhookEntity, { block }: WebhookDefinition): boolean =>
  block ? origin === 'graph' && id === block.webhookId : origin === 'trigger';

function refuseTwins(wanted: WebhookDefinition[]): void {
  const seen = new Set<string>();
  for (const { block } of wanted) {
    if (!block) continue;
    if (seen.has(block.webhookId)) throw usedAlready(block.id);
    seen.add(block.webhookId);
  }
}

/** Also where another organization has it: the address is one for the whole server. */
const usedAlready = (blockId: string): DomainError =>
  validationError(`Block "${blockId}": webhook_id is used already; give the block another UUID`, {
    details: [{ path: ['blocks', blockId, 'config', 'webhook_id'], message: 'webhook_id is used already' }],
  });
