/**
 * What of a value is not to be seen. Words: a {@link RedactPath} names places in the payloads of a run; *hidden* values are replaced at these
 * places and, being the same wherever they went, everywhere else by value.
 */
export { HIDDEN, hideAt, leavesAt } from './places.js';
export { Masker } from './masker.js';
export { parseRedactPath, type RedactPath } from './redact-path.js';
