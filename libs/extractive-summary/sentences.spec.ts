import { describe, expect, it } from 'vitest';
import { sentencesOf } from './sentences.js';

describe('sentences', () => {
  it.each([
    ['Bees dance.\nThey do! Do they? (Yes.) "Well."', ['Bees dance.', 'They do!', 'Do they?', '(Yes.)', '"Well."']],
    ['A heading\n\nAnd  a\tline', ['A heading', 'And a line']],
    ['Dr. J. Smith saw 1.5 bees, e.g. Maya. He left.', ['Dr. J. Smith saw 1.5 bees, e.g. Maya.', 'He left.']],
    ['He asked "why?" and left.', ['He asked "why?" and left.']],
    ['蜂は踊る。「雨！」と言う。', ['蜂は踊る。', '「雨！」', 'と言う。']],
    ['', []],
    [' \n \n ', []],
  ])('of %j are %j', (document, sentences) => {
    expect(sentencesOf(document)).toEqual(sentences);
  });
});
