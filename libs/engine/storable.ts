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

/** Shorter secrets would take common words with them. */
const SHORTEST_SECRET = 8;
/** What stands in the place of a secret. */
const REDACTED = '[redacted]';

/** What the steps of a run record, made storable, freed of secrets and kept within bounds together. */
export class Storage {
  private left = RUN_LIMIT;
  private readonly secrets = new Set<string>();

  /** @param progress what the run has recorded before */
  constructor(progress: Progress) {
    for (const { input, output } of progress.steps.values()) this.left -= sizeOf(input) + sizeOf(output);
  }

  /** Longer secrets first, so that one that holds another goes as a whole. */
  hide(secrets: readonly string[]): void {
    const all = [...this.secrets, ...secrets.filter((secret) => secret.length >= SHORTEST_SECRET)];
    this.secrets.clear();
    for (const secret of all.sort((a, b) => b.length - a.length)) this.secrets.add(secret);
  }

  /** Whether there is anything to hide. */
  get hides(): boolean {
    return this.secrets.size > 0;
  }

  masked(text: string): string {
    let masked = text;
    for (const secret of this.secrets) masked = masked.replaceAll(secret, REDACTED);
    return masked;
  }

  /** @throws as {@link storable}, and RunTooLarge */
  keep(raw: Json): Json {
    const value = this.secrets.size === 0 ? raw : mapTexts(raw, (text) => this.masked(text));
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

const repaired = (json: Json): Json => (isStorable(json) ? json : mapTexts(json, repairText));

function isStorable(value: Json): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  return Object.entries(value).every(([key, member]) => !UNSTORABLE.test(key) && isStorable(member));
}

/** A copy in which every text, keys included, is changed. */
function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [change(key), mapTexts(member, change)]));
}

const repairText = (text: string): string => text.replaceAll(new RegExp(UNSTORABLE, 'gu'), '\ufffd');
