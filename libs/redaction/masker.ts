import type { Json } from '#libs/json-guard';
import { HIDDEN } from './places.js';

/** Shorter texts and numbers would take common words with them. */
const SHORTEST = 4;
/** With more values than this, looking for each of them costs more than what is left is worth. */
const MOST = 500;

/** Hides values wherever they stand: whole, or within a text, as they are or as JSON escapes them. */
export class Masker {
  private readonly pattern: RegExp | null;
  private readonly hidesAll: boolean;

  constructor(values: Iterable<string | number>) {
    const texts = new Set<string>();
    for (const value of values) {
      const text = String(value);
      if (text.length < SHORTEST) continue;
      texts.add(text);
      texts.add(JSON.stringify(text).slice(1, -1));
    }
    this.hidesAll = texts.size > MOST;
    // Longer ones first, so that one that holds another goes as a whole.
    const all = [...texts].sort((a, b) => b.length - a.length).map(escaped);
    this.pattern = all.length === 0 || this.hidesAll ? null : new RegExp(all.join('|'), 'g');
  }

  mask(value: Json): Json {
    if (this.hidesAll) return value === null ? null : HIDDEN;
    if (!this.pattern) return value;
    if (typeof value === 'string') return this.maskText(value);
    if (typeof value === 'number') return this.maskText(String(value)) === String(value) ? value : HIDDEN;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.mask(item));
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.maskText(name), this.mask(member)]));
  }

  maskText(text: string): string {
    if (this.hidesAll) return HIDDEN;
    return this.pattern ? text.replace(this.pattern, HIDDEN) : text;
  }
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, '\\$&');
