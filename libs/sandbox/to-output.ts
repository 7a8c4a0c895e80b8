import type { CodeProblem } from './protocol.js';

const DEEPEST = 64;

/** A value of the language as JSON text, within bounds. */
export function toOutput(value: unknown, maxBytes: number): { output: string } | { problem: CodeProblem } {
  try {
    const output = JSON.stringify(plain(value, 0)) ?? 'null';
    if (Buffer.byteLength(output) <= maxBytes) return { output };
    return refuse(`The output is larger than ${maxBytes} bytes`);
  } catch (error) {
    if (error instanceof Unrepresentable) return refuse(error.message);
    throw error;
  }
}

class Unrepresentable extends Error {}

const refuse = (message: string): { problem: CodeProblem } => ({ problem: { reason: 'OUTPUT', message } });

/** Python's dicts come as maps, its large integers as bigints. */
function plain(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new Unrepresentable(`The output is nested more than ${DEEPEST} levels deep`);
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint' || typeof value === 'number') return number(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => plain(item, depth + 1));
  if (value instanceof Map) return members([...value], depth);
  throw new Unrepresentable(
    `The output holds ${nameOf(value)}, which is no JSON; make a text, number, list or dict of it`,
  );
}

/** JSON holds larger integers, but its readers change them. */
function number(value: bigint | number): number {
  if (!Number.isFinite(Number(value)))
    throw new Unrepresentable(`The output holds ${value}, which is no number in JSON`);
  if (typeof value === 'number' && !Number.isInteger(value)) return value;
  if (Number.isSafeInteger(Number(value)) || typeof value === 'number') return Number(value);
  throw new Unrepresentable('The output holds an integer beyond 2 ** 53 - 1; make a text of it with str()');
}

/** Whatever is neither text, number, list nor dict comes as an object that names its type. */
function nameOf(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  const type: unknown = (value as { __monty_type__?: unknown }).__monty_type__;
  return typeof type === 'string' ? `a ${type}` : 'something';
}

function members(entries: [unknown, unknown][], depth: number): object {
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of entries) object[String(key)] = plain(member, depth + 1);
  return object;
}
