import { isSecretName, SCHEMES, TIMED_SCHEMES } from '#libs/webhook-signatures';
import type { JsonObject } from '#libs/json-guard';
import type { Issue } from '../../platform/errors/index.js';
import {
  type BlockDefinition,
  type GraphDefinition,
  type TriggerDefinition,
  WEBHOOK_ANSWERS,
  type WebhookAnswer,
  type WebhookVerification,
  type WorkflowDefinition,
} from './definition.js';
import { WebhookVerificationDto } from './dto/webhook-verification.dto.js';
import { given } from './given.js';
import { findIssues } from '../../platform/http/index.js';

/** A webhook that a definition asks for. */
export interface WebhookDefinition {
  verification: WebhookVerification;
  answer: WebhookAnswer;
  /** Null: the trigger of a workflow, whose address and secret the server makes; else the block of a graph. */
  block: { id: string; webhookId: string; sealedSecret: string } | null;
}

/** The webhooks that a definition asks for. Of a block that is not as it should be nothing is made. */
export function webhooksOf(definition: WorkflowDefinition): WebhookDefinition[] {
  const { trigger, graph } = definition;
  return [...webhookOfTrigger(trigger), ...(graph?.blocks ?? []).flatMap(webhookOfBlock)];
}

function webhookOfTrigger(trigger: TriggerDefinition): WebhookDefinition[] {
  if (trigger.type !== 'webhook') return [];
  const { verification, answer } = given(trigger);
  return [{ verification: toVerification(verification), answer: answer ?? 'accept', block: null }];
}

function webhookOfBlock({ id, type, enabled, config }: BlockDefinition): WebhookDefinition[] {
  const { webhook_id: webhookId, webhook_secret: sealedSecret, verification, answer } = config ?? {};
  if (type !== 'webhook' || enabled === false) return [];
  if (typeof webhookId !== 'string' || typeof sealedSecret !== 'string') return [];
  return [
    {
      verification: toVerification(verification),
      answer: WEBHOOK_ANSWERS.find((known) => known === answer) ?? 'result',
      block: { id, webhookId: webhookId.toLowerCase(), sealedSecret },
    },
  ];
}

const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** The stored form: members that are null are absent. A scheme that nobody knows is the one that asks for the secret itself. */
export function toVerification(value: unknown): WebhookVerification {
  const { eventId, ...members } = given(asObject(value));
  if (!SCHEMES.some((scheme) => scheme === members['scheme'])) return { scheme: 'bearer' };
  const place = given(asObject(eventId));
  return {
    ...(members as unknown as WebhookVerification),
    ...(Object.keys(place).length > 0 && { eventId: place }),
  };
}

/** What is wrong with a verification whose shape has been validated; paths start at it. */
export function checkVerification(value: WebhookVerification): Issue[] {
  const { scheme, eventId, ...options } = toVerification(value);
  const issues: Issue[] = [];
  const refuse = (member: string, message: string) => issues.push({ path: [member], message });
  for (const member of Object.keys(options)) {
    if (member === 'toleranceSeconds') {
      if (!TIMED_SCHEMES.includes(scheme)) refuse(member, `belongs to the schemes ${TIMED_SCHEMES.join(', ')}`);
    } else if (scheme !== 'hmac') refuse(member, 'belongs to the scheme hmac');
  }
  if (scheme === 'hmac' && options.header === undefined)
    refuse('header', 'Required for the scheme hmac: the header that holds the signature');
  if (eventId && (eventId.header === undefined) === (eventId.path === undefined))
    refuse('eventId', 'must have either header or path');
  const { header } = eventId ?? {};
  if (header !== undefined && (isSecretName(header) || header.toLowerCase() === options.header?.toLowerCase()))
    issues.push({ path: ['eventId', 'header'], message: 'names a header that holds a secret or a signature' });
  return issues;
}

/** What is wrong with the verifications of a graph's webhook blocks, whose shape nobody has looked at. */
export function checkWebhookBlocks({ blocks }: GraphDefinition): Issue[] {
  return blocks.flatMap(({ id, type, config }, index) => {
    const { verification = null } = config ?? {};
    if (type !== 'webhook' || verification === null) return [];
    const shape = findIssues(WebhookVerificationDto, verification);
    const issues = shape.length > 0 ? shape : checkVerification(verification as unknown as WebhookVerification);
    return issues.map(({ path, message }) => {
      const member = ['verification', ...path];
      return {
        path: ['graph', 'blocks', index, 'config', ...member],
        message: `Block "${id}": ${member.join('.')} ${message}`,
      };
    });
  });
}
