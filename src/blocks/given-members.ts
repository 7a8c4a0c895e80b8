import type { Json, JsonObject } from '#libs/json-guard';

/** The members of a graph block's configuration that say something: editors send empty ones too. */
export const givenMembers = (config: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => !isEmpty(value)));

const isEmpty = (value: Json): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Without members that are undefined. */
export const definedMembers = (members: Record<string, Json | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
