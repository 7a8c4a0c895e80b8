import { badRequest, validationError } from '../../platform/errors/index.js';

/** @throws DomainError for anything but a JSON object */
export function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`${name} must be a JSON object`);
  return value as Record<string, unknown>;
}

/** A text, or undefined where it is absent, null or empty. @throws DomainError VALIDATION_ERROR for anything else */
export function optionalText(value: unknown, name: string, longest: number): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > longest)
    throw validationError(`${name} must be a text of at most ${longest} characters`);
  return value;
}
