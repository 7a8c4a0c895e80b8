/**
 * Identifiers. Stored as UUIDv7 (RFC 9562 §5.7), so they sort by creation time; the native API prints them with a prefix and
 * accepts both forms (contracts/decisions §1).
 */
export { derivedId, newId, lowestIdAt, formatId, parseId, type IdPrefix } from './id.js';
export { API_KEY_PATTERN, generateApiKey, isWellFormedApiKey, hashApiKey, withChecksum } from './api-key.js';
