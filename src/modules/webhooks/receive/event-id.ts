import { createHash } from 'node:crypto';
import type { Scheme } from '#libs/webhook-signatures';
import type { Json, JsonObject } from '#libs/json-guard';
import type { WebhookVerification } from '../../workflows/index.js';
import type { WebhookCall } from './webhook-call.js';

/** Where the vendors put the id of an event. */
const PLACES: Readonly<Partial<Record<Scheme, { header?: string; path?: string }>>> = {
  github: { header: 'x-github-delivery' },
  stripe: { path: 'id' },
  slack: { path: 'event_id' },
  standard_webhooks: { header: 'webhook-id' },
};

/** A longer one is replaced by its hash. */
const LONGEST = 200;

/** By what the sender tells this event from others; null where it has nothing of that kind. */
export function eventIdOf(
  { scheme, eventId = PLACES[scheme] }: WebhookVerification,
  { headers }: Pick<WebhookCall, 'headers'>,
  input: JsonObject,
): string | null {
  const { header, path } = eventId ?? {};
  const found = header === undefined ? path?.split('.').reduce(memberOf, input) : headers[header.toLowerCase()];
  const id = typeof found === 'string' || typeof found === 'number' ? String(found).trim() : '';
  if (id === '') return null;
  return id.length > LONGEST ? `sha256:${createHash('sha256').update(id).digest('hex')}` : id;
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, Json>)[name]
    : undefined;
