import { Injectable } from '@nestjs/common';
import { newId, parseId } from '#libs/ids';
import { Database } from '../../platform/database/index.js';
import { validationError } from '../../platform/errors/index.js';
import { assertBoundTo, type Caller } from '../auth/index.js';
import { checkVerification, PlanCache, toVerification, type WebhookVerification } from '../workflows/index.js';
import type { CreateWebhookDto, RotateWebhookSecretDto, UpdateWebhookDto } from './dto/webhook.dto.js';
import { fitSecrets } from './fit-secrets.js';
import { secretProblem } from './secret-problem.js';
import type { WebhookEntity } from './webhook.entity.js';
import { invalid, webhookNotFound } from './webhook.errors.js';
import { WebhookReader } from './webhook-reader.js';
import { type WebhookChange, WebhookRepository } from './webhook.repository.js';
import { newSecret, WebhookSecrets } from './webhook-secrets.js';

/** A webhook that was written, and its secret in clear text where the server has made it. */
export interface SavedWebhook {
  id: string;
  secret: string | null;
}

/** Creates, changes and deletes webhooks. Those of workflows' definitions are changed through the workflow. */
@Injectable()
export class SaveWebhook {
  constructor(
    private readonly database: Database,
    private readonly webhooks: WebhookRepository,
    private readonly secrets: WebhookSecrets,
    private readonly reader: WebhookReader,
    private readonly plans: PlanCache,
  ) {}

  /** @throws DomainError VALIDATION_ERROR, also for a workflow that does not exist; ENCRYPTION_NOT_CONFIGURED */
  async create(caller: Caller, body: CreateWebhookDto): Promise<SavedWebhook> {
    const { organizationId } = caller;
    const workflowId = await this.findWorkflow(caller, body.workflowId);
    const verification = checked(body.verification);
    const { text, made } = secretOf(body.secret, verification);
    const id = newId();
    const secret = await this.secrets.seal(organizationId, id, text);
    const { name = null, answer } = body;
    await this.database.transaction((tx) =>
      this.webhooks.insert(tx, {
        id,
        organizationId,
        workflowId,
        blockId: null,
        origin: 'api',
        name,
        verification,
        secret,
        answer: answer ?? 'accept',
        enabled: true,
      }),
    );
    return { id, secret: made };
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR */
  async update(caller: Caller, id: string, body: UpdateWebhookDto): Promise<void> {
    const webhook = await this.reader.getVisible(caller, id);
    const { name, enabled, verification, answer } = body;
    if (webhook.origin !== 'api' && (verification ?? answer)) throw definedElsewhere(webhook, 'change that');
    const change = {
      ...(name !== undefined && { name }),
      ...(typeof enabled === 'boolean' && { enabled }),
      ...(verification && (await this.verified(webhook, checked(verification)))),
      ...(answer && { answer }),
    };
    const found = await this.database.transaction((tx) => this.webhooks.update(tx, caller.organizationId, id, change));
    if (!found) throw webhookNotFound();
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR for one that a definition has made */
  async delete(caller: Caller, id: string): Promise<void> {
    const webhook = await this.reader.getVisible(caller, id);
    if (webhook.origin !== 'api') throw definedElsewhere(webhook, 'remove it');
    await this.database.transaction((tx) => this.webhooks.delete(tx, caller.organizationId, id));
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR for a block of a graph, which holds its own secret */
  async rotate(caller: Caller, id: string, body: RotateWebhookSecretDto): Promise<SavedWebhook> {
    const webhook = await this.reader.getVisible(caller, id);
    if (webhook.origin === 'graph') throw definedElsewhere(webhook, 'change its webhook_secret');
    const { organizationId } = caller;
    const { text, made } = secretOf(body.secret, webhook.verification);
    const sealed = await this.secrets.seal(organizationId, id, text);
    const found = await this.database.transaction((tx) =>
      this.webhooks.rotate(tx, organizationId, id, sealed, body.overlapSeconds ?? 0),
    );
    if (!found) throw webhookNotFound();
    return { id, secret: made };
  }

  private async findWorkflow(caller: Caller, given: string): Promise<string> {
    const id = parseId('wf', given);
    const head = id === null ? null : await this.plans.findHead(caller.organizationId, id);
    if (!head) throw invalid('is no workflow of the organization', 'workflowId');
    assertBoundTo(caller, head.id);
    return head.id;
  }

  private async verified(webhook: WebhookEntity, verification: WebhookVerification): Promise<WebhookChange> {
    const { problem, change } = await fitSecrets(this.secrets, webhook, verification);
    if (problem !== null) throw invalid(`The secret ${problem}; rotate the secret first`, 'verification', 'scheme');
    return { verification, ...change };
  }
}

function checked(given: CreateWebhookDto['verification']): WebhookVerification {
  const verification = toVerification(given);
  const details = checkVerification(verification).map(({ path, message }) => ({
    path: ['verification', ...path],
    message,
  }));
  if (details.length > 0) throw validationError('Request validation failed', { details });
  return verification;
}

/** @returns the secret, and `made`: the same if the server has made it */
function secretOf(
  given: string | null | undefined,
  verification: WebhookVerification,
): { text: string; made: string | null } {
  if (given == null) {
    const made = newSecret();
    return { text: made, made };
  }
  const problem = secretProblem(verification, given);
  if (problem !== null) throw invalid(problem, 'secret');
  return { text: given, made: null };
}

const definedElsewhere = ({ origin, blockId }: WebhookEntity, what: string) =>
  validationError(
    origin === 'trigger'
      ? `The webhook is the trigger of its workflow; change the workflow's trigger to ${what}`
      : `The webhook is the block "${blockId ?? ''}" of its workflow's graph; change the graph to ${what}`,
  );
