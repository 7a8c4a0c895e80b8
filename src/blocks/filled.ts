import type { JsonObject } from '#libs/json-guard';

/** The members of a graph's block that say something: editors send the fields that nobody has filled in, too. */
export const filled = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== '' && value !== null));
