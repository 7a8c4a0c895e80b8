import type { CodeProblem } from './protocol.js';

const DEEPEST = 60;

/** A value of the language as JSON text, within bounds. */
export function toOutput(value: unknown, maxBytes: number): { output: string } | { problem: CodeProblem } {
  try {
    const output = JSON.stringify(plain(value, 0)) ?? 'null';
    if (Buffer.byteLength(output) <= maxBytes) return { output };
    return refuse(`the output is larger than ${maxBytes} bytes`);
  } catch (error) {
    if (error instanceof Unrepresentable) return refuse(error.message);
    throw error;
  }
}

class Unrepresentable extends Error {}

const refuse = (message: string): { problem: CodeProblem } => ({ problem: { reason: 'OUTPUT', message } });

/** Python's dicts come as maps, its large integers as bigints. */
function plain(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new Unrepresentable(`the output is nested more than ${DEEPEST} levels deep`);
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new Unrepresentable(`the output holds ${value}, which JSON cannot`);
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => plain(item, depth + 1));
  if (value instanceof Map) return members([...value], depth);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return members(Object.entries(value), depth);
  throw new Unrepresentable('the output holds something that is no JSON');
}

function members(entries: [unknown, unknown][], depth: number): object {
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of entries) object[String(key)] = plain(member, depth + 1);
  return object;
}
