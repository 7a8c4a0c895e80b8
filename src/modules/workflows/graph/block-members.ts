import type { Json, JsonObject } from '#libs/json-guard';
import type { Path } from '#libs/templates';
import { findIssues } from '../../../platform/http/index.js';
import { LONGEST_MS, type RetryDefinition } from '../definition.js';
import { RetryDto } from '../dto/step.dto.js';

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
 * @param refuse throws for a member that is not as it must be
 */
export function takeMembers(config: JsonObject, refuse: (message: string, ...at: Path) => never): BlockMembers {
  const { on_error, timeout = null, retry = null, _inputMappings: wires, ...own } = config;
  const timeoutMs = typeof timeout === 'string' && /^\d{1,12}$/.test(timeout) ? Number(timeout) : timeout;
  if (timeoutMs !== null && timeoutMs !== '' && !isDuration(timeoutMs))
    return refuse(`timeout must be a whole number of milliseconds from 1 to ${LONGEST_MS}`, 'timeout');
  const [issue] = retry === null ? [] : findIssues(RetryDto, retry);
  if (issue) return refuse(`${['retry', ...issue.path].join('.')} ${issue.message}`, 'retry', ...issue.path);
  return {
    continues: on_error === 'continue',
    ...(typeof timeoutMs === 'number' && { timeoutMs }),
    ...(isObject(retry) && { retry }),
    own: wired(own, wires),
  };
}

const isDuration = (value: Json): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LONGEST_MS;

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
