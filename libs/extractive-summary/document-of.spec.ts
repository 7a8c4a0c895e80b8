import { describe, expect, it } from 'vitest';
import { documentOf } from './document-of.js';

describe('the document in a message', () => {
  it.each([
    ['Summarize the following document:\n\nBees dance. They do.', 'Bees dance. They do.'],
    ['Summarize:\r\nBees dance.\r\nThey do.', 'Bees dance.\nThey do.'],
    ['You are terse.\nSummarize this for a child: \n \n\nBees dance.', 'Bees dance.'],
    ['要約してください：\n\n蜂は踊る。', '蜂は踊る。'],
    ['Bees dance.\n\nThey do.', 'Bees dance.\n\nThey do.'],
    ['Bees dance. Why: to tell.', 'Bees dance. Why: to tell.'],
    ['Bees dance.\n\nFor three reasons:\n\nfood.', 'Bees dance.\n\nFor three reasons:\n\nfood.'],
    ['Summarize the following document:\n\n', ''],
    ['\n\n', ''],
  ])('%j is %j', (message, document) => {
    expect(documentOf(message)).toBe(document);
  });
});
