import { type Json, weighJson } from '#libs/json-guard';
import type { Progress } from './journal.js';

/** Deeper than any request (64), so that steps can wrap what they pass on; far below what PostgreSQL and `JSON.stringify` take. */
const DEPTH = 256;
/** NUL and halves of surrogate pairs: PostgreSQL refuses them in JSON, and with them the write of every run in the same group. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/**
 * Characters of input and output that the steps of one run may record. The events of a run without effects are written by one statement,
 * which takes some seconds for as many.
 */
export const RUN_LIMIT = 32 * 1024 * 1024;

/** Thrown where a run's steps record more than {@link RUN_LIMIT}. */
export class RunTooLarge extends Error {}

/** What the steps of a run record, made storable and kept within bounds together. */
export class Storage {
  private left = RUN_LIMIT;

  /** @param progress what the run has recorded before */
  constructor(progress: Progress) {
    for (const { input, output } of progress.steps.values()) this.left -= sizeOf(input) + sizeOf(output);
  }

  /** @throws as {@link storable}, and RunTooLarge */
  keep(value: Json): Json {
    const { json, size } = weighJson(value, { depth: DEPTH });
    this.left -= size;
    if (this.left < 0) {
      throw new RunTooLarge(`The steps of a run may record ${RUN_LIMIT} characters of input and output together.`);
    }
    return repaired(json);
  }
}

/** Recorded values have been measured against every other limit before. */
const sizeOf = (value: Json): number => weighJson(value, { depth: Infinity, size: Infinity }).size;

/**
 * A step's input or output as it can be journaled. Templates make unstorable characters when they cut or decode text; each becomes
 * U+FFFD, as it would in UTF-8. Without one, the result is the same value.
 *
 * @throws JsonGuardError for a value that is no JSON, nests deeper than 256 levels or is longer than 10 Mi characters
 */
export const storable = (value: Json): Json => repaired(weighJson(value, { depth: DEPTH }).json);

const repaired = (json: Json): Json => (isStorable(json) ? json : repair(json));

function isStorable(value: Json): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  return Object.entries(value).every(([key, member]) => !UNSTORABLE.test(key) && isStorable(member));
}

function repair(value: Json): Json {
  if (typeof value === 'string') return repairText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(repair);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [repairText(key), repair(member)]));
}

const repairText = (text: string): string => text.replaceAll(new RegExp(UNSTORABLE, 'gu'), '\ufffd');
