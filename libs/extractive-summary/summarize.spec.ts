import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords, summarize } from './index.js';

const BEES = `Honey bees tell each other where food is. A bee that has found food dances on the comb. It rained a lot that year, I think.
The dance of the bee points from the sun to the food. Lunch was good. Other bees watch the dance and fly to the food.`;

describe('an extractive summary', () => {
  it('takes the first sentence and those that are full of the words of the document, in their order', () => {
    expect(summarize(BEES)).toBe(
      'Honey bees tell each other where food is. The dance of the bee points from the sun to the food. Other bees watch the dance and fly to the food.',
    );
  });

  it('is the document where that is short', () => {
    expect(summarize('One thing.\n\nAnd\nanother.')).toBe('One thing. And another.');
    expect(summarize('no end')).toBe('no end');
    expect(summarize(' \n ')).toBe('');
  });

  it('keeps to its limits', () => {
    expect(summarize(BEES, { sentences: 1 })).toBe('Honey bees tell each other where food is.');
    expect(summarize(BEES, { words: 21 })).toBe(
      'Honey bees tell each other where food is. The dance of the bee points from the sun to the food.',
    );
    expect(summarize(BEES, { words: 4 })).toBe('Honey bees tell each…');
  });

  it('reads texts of other scripts', () => {
    expect(summarize('蜂は踊る。蜂は飛ぶ。雨が降る。昼食。', { sentences: 2 })).toBe('蜂は踊る。 蜂は飛ぶ。');
  });

  it('says nothing that the document does not, and the same each time', () => {
    const text = fc.array(
      fc.constantFrom('bee', 'Food', 'rain.', 'the', '\n\n', '\n', '!', '"x"', '蜂。', '1.5', '\ud83d'),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (parts, words) => {
        const document = parts.join(' ');
        const summary = summarize(document, { words });
        expect(countWords(summary)).toBeLessThanOrEqual(words);
        const known = new Set(document.split(/\s+/));
        expect(
          summary
            .replace(/…$/, '')
            .split(/\s+/)
            .filter((word) => word !== '' && !known.has(word)),
        ).toEqual([]);
        expect(summarize(document, { words })).toBe(summary);
      }),
    );
  });

  it.each([
    ['one word', 'x'.repeat(2_000_000)],
    ['spaces', ' '.repeat(2_000_000)],
    ['line breaks', '\n'.repeat(2_000_000)],
    ['stops', '.'.repeat(2_000_000)],
    ['quotes after stops', '."'.repeat(1_000_000)],
    ['one-word sentences', 'A. '.repeat(700_000)],
    ['breaks and spaces', '\n '.repeat(1_000_000)],
  ])('ends on %s', (_name, document) => {
    expect(summarize(document).length).toBeLessThanOrEqual(200_000);
  });
});
