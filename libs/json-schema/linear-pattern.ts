import { RE2JS } from 're2js';

import type { Meter } from './meter.js';

/** Characters times instructions of one match; the slowest patterns known take about half a second for it. */
const LONGEST_MATCH = 8_000_000;
const LONGEST_CHECKED_PATTERN = 1000;

/**
 * A pattern matched in time linear in the text, whatever the pattern (RE2). It pays the meter for each match. Other than
 * in JavaScript, `\s` means ASCII spaces only.
 */
export class LinearPattern {
  /** RE2 instructions: what a match costs per character at worst. */
  readonly size: number;
  private readonly re2: RE2JS;

  /**
   * @param cacheBytes memory to keep between matches; RE2's own limit of 8 MiB would let inputs fill the process
   * @throws Error with a message that says what in the pattern is at fault
   */
  constructor(
    private readonly source: string,
    private readonly meter: Meter,
    cacheBytes: number,
  ) {
    this.re2 = compile(source);
    this.size = this.re2.programSize();
    const { dfa } = this.re2.re2();
    dfa.stateBudget = cacheBytes;
    dfa.memBudget = cacheBytes;
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    const cost = text.length * this.size;
    if (cost > LONGEST_MATCH) this.meter.exhaust(null);
    this.meter.charge(1 + (cost >> 2));
    return this.re2.test(text);
  }

  /** Ajv shares patterns by this text. */
  toString(): string {
    return this.source;
  }
}

/** Whether a text is a pattern that could stand in a schema (`format: regex`). Counts are not expanded. */
export function isPattern(text: string): boolean {
  if (text.length > LONGEST_CHECKED_PATTERN) return false;
  try {
    compile(text.replaceAll(/\{\d+(?:,\d*)?\}/g, '{1}'));
    return true;
  } catch {
    return false;
  }
}

/** The translation drops the backslash, and the pattern would silently mean another. */
const NAMED_BACK_REFERENCE = /^(?:[^\\]|\\(?!k<)[^])*\\k</;

function compile(source: string): RE2JS {
  try {
    if (NAMED_BACK_REFERENCE.test(source)) throw new Error('back-reference');
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    throw new Error(reasonFor(source, error), { cause: error });
  }
}

function reasonFor(source: string, error: unknown): string {
  if (/\(\?<?[=!]/.test(source)) return 'lookahead and lookbehind are not supported: rewrite it without them';
  if (/\\[1-9]|\\k</.test(source)) return 'back-references are not supported: rewrite it without them';
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error parsing regexp: /, '');
}
