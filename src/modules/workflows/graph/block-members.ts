import type { Json, JsonObject } from '#libs/json-guard';
import type { RetryDefinition } from '../definition.js';

/** Of a block's configuration: what every type understands, and the rest. */
export interface BlockMembers {
  continues: boolean;
  timeoutMs?: number;
  retry?: RetryDefinition;
  own: JsonObject;
}

/**
 * `on_error: "continue"`, `timeout` in milliseconds (a number or its digits) and `retry` belong to the block; an editor's
 * `_inputMappings` become references.
 */
export function takeMembers(config: JsonObject): BlockMembers {
  const { on_error, timeout, retry, _inputMappings: wires, ...own } = config;
  const timeoutMs = Number(timeout ?? 0);
  return {
    continues: on_error === 'continue',
    ...(Number.isInteger(timeoutMs) && timeoutMs > 0 && { timeoutMs }),
    ...(isObject(retry) && { retry }),
    own: wired(own, wires),
  };
}

/** Fills fields that are empty with what is wired to them; several wires into one field become lines. */
function wired(config: JsonObject, wires: Json | undefined): JsonObject {
  if (!Array.isArray(wires)) return config;
  const lines = new Map<string, string[]>();
  for (const wire of wires) {
    if (!isObject(wire)) continue;
    const { sourceId, outputField, targetField } = wire;
    if (typeof sourceId !== 'string' || typeof targetField !== 'string' || targetField === '__proto__') continue;
    const field = typeof outputField === 'string' && outputField !== '' ? outputField : 'output';
    lines.set(targetField, [...(lines.get(targetField) ?? []), `<${sourceId}.${field}>`]);
  }
  const filled = [...lines].filter(([field]) => isBlank(config[field]));
  return { ...config, ...Object.fromEntries(filled.map(([field, references]) => [field, references.join('\n')])) };
}

function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
