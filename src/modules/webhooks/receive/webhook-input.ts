import { isUtf8 } from 'node:buffer';
import { type Json, JsonGuardError, type JsonObject, parseGuarded } from '#libs/json-guard';
import { invalid } from '../webhook.errors.js';
import type { WebhookOrigin } from '../webhook.entity.js';
import type { WebhookCall } from './webhook-call.js';

const FORM = 'application/x-www-form-urlencoded';
const TEXT = /^(?:text\/|application\/(?:[\w.+-]+\+)?xml$)/;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The input of the run. A JSON object is it; any other JSON value, and text, stands under `body`; a form becomes an object. Graphs take JSON only,
 * and everything else as nothing (contract 002).
 * @throws DomainError VALIDATION_ERROR for a form that holds what cannot be stored
 */
export function toInput(origin: WebhookOrigin, call: Pick<WebhookCall, 'json' | 'rawBody' | 'headers'>): JsonObject {
  const { json, rawBody, headers } = call;
  if (isObject(json)) return json;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (origin !== 'graph' && rawBody.length > 0 && isUtf8(rawBody)) {
    if (type === FORM) return storable(fromForm(rawBody.toString('utf8')));
    if (json === undefined && TEXT.test(type)) return storable({ body: rawBody.toString('utf8') });
  }
  return json === undefined ? {} : { body: json };
}

/** A field that comes several times is a list. GitHub and Slack put their JSON into a single field of this name. */
function fromForm(text: string): JsonObject {
  const form = new URLSearchParams(text);
  const names = [...new Set(form.keys())];
  const payload = names.length === 1 ? form.getAll('payload') : [];
  if (payload.length === 1) {
    const value = parseOrNull(payload[0] ?? '');
    if (isObject(value)) return value;
  }
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

function parseOrNull(text: string): Json {
  try {
    return parseGuarded(text);
  } catch (error) {
    if (error instanceof JsonGuardError) return null;
    throw error;
  }
}

/** The same rules as for JSON bodies. */
function storable(input: JsonObject): JsonObject {
  try {
    return parseGuarded(JSON.stringify(input)) as JsonObject;
  } catch (error) {
    if (error instanceof JsonGuardError) throw invalid(error.message, 'body');
    throw error;
  }
}
