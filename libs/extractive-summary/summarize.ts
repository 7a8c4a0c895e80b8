import { sentencesOf } from './sentences.js';
import { COMMON_WORDS, countWords, wordsOf } from './words.js';

export interface SummaryLimits {
  /** Default 3. */
  sentences?: number;
  /** Default: none. */
  words?: number;
}

/** What of a longer document is read. */
const LONGEST_DOCUMENT = 200_000;
/** How much standing first is worth, beside a share of frequent words from 0 to 1: authors begin with what matters. */
const OPENING = 0.25;
/** A sentence with fewer words is a heading or a fragment. */
const SHORTEST = 4;

/** The most telling sentences of a document, in their order: those full of the words that the document is full of, and the first. */
export function summarize(document: string, { sentences = 3, words }: SummaryLimits = {}): string {
  const all = sentencesOf(document.slice(0, LONGEST_DOCUMENT)).map((text, index) => ({ text, index }));
  const best = rank(all).slice(0, sentences);
  const kept = words === undefined ? best : within(best, words);
  return kept
    .sort((a, b) => a.index - b.index)
    .map(({ text }) => text)
    .join(' ');
}

interface Sentence {
  index: number;
  text: string;
}

/** Best first; of equals the earlier one. */
function rank(sentences: Sentence[]): Sentence[] {
  const words = sentences.map(({ text }) => wordsOf(text).filter((word) => !COMMON_WORDS.has(word)));
  const counts = new Map<string, number>();
  for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  let highest = 1;
  for (const count of counts.values()) highest = Math.max(highest, count);
  const scores = words.map((own, index) => {
    let sum = 0;
    for (const word of own) sum += (counts.get(word) ?? 0) / highest;
    return sum / Math.max(own.length, SHORTEST) + (index === 0 ? OPENING : 0);
  });
  return [...sentences].sort((a, b) => (scores[b.index] ?? 0) - (scores[a.index] ?? 0) || a.index - b.index);
}

/** As many of the best as have no more words together; of the best one at least its beginning. */
function within(best: Sentence[], limit: number): Sentence[] {
  const [first] = best;
  if (first && countWords(first.text) > limit)
    return [{ ...first, text: `${first.text.split(/\s+/).slice(0, limit).join(' ')}…` }];
  let left = limit;
  return best.filter(({ text }) => {
    const length = countWords(text);
    if (length > left) return false;
    left -= length;
    return true;
  });
}
