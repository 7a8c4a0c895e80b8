/**
 * Summaries that need no model: the most telling sentences of a document, word for word and in their order. Deterministic, in linear time, of any
 * language that ends its sentences.
 */
export { documentOf } from './document-of.js';
export { type SummaryLimits, summarize } from './summarize.js';
export { countWords } from './words.js';
