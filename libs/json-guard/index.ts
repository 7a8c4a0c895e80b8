/**
 * JSON from outside, made safe once at the door: text is scanned before it is parsed, values that did not come from
 * text are walked, and both are refused with the place of the fault. Everything here is iterative, so nothing that
 * nests can exhaust the stack, and no later code needs to guard again.
 */
export { canonicalJson, fingerprint } from './canonical-json.js';
export { checkJson, weighJson } from './check-json.js';
export { JsonGuardError, type JsonGuardReason, shorten } from './json-guard-error.js';
export { JSON_LIMITS, type Json, type JsonLimits, type JsonObject } from './json.js';
export { parseGuarded } from './parse-guarded.js';
