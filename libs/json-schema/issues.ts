import type { ErrorObject } from 'ajv/dist/2020.js';

import type { Json, JsonObject } from '#libs/json-guard';

import { describe } from './issue-messages.js';

/** One fault of an input. */
export interface Issue {
  /** The steps from the root to the fault: property names, and numbers for the items of arrays. */
  path: (string | number)[];
  /** Says what the value must be; `Required` for a required property that is missing. */
  message: string;
}

/** That one answer gives. */
export const MOST_ISSUES = 20;
/** Of a hundred thousand errors all may say the same. */
const MOST_ERRORS_READ = 500;

/** The first twenty different issues in what Ajv found in a value. */
export function toIssues(errors: readonly ErrorObject[], value: Json): Issue[] {
  const issues = new Map<string, Issue>();
  for (const error of errors.slice(0, MOST_ERRORS_READ)) {
    // These only announce that a subschema failed, whose own errors are there too.
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue;
    const issue = { path: pathOf(error, value), message: describe(error) };
    issues.set(JSON.stringify(issue), issue);
    if (issues.size === MOST_ISSUES) break;
  }
  return [...issues.values()];
}

/** The property that an error is about, where Ajv names only the object that holds it. */
function pathOf(error: ErrorObject, value: Json): (string | number)[] {
  const params = error.params as Record<string, unknown>;
  const property =
    params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'] ?? error.propertyName;
  const path = stepsOf(error.instancePath, value);
  return typeof property === 'string' ? [...path, property] : path;
}

/** A JSON pointer as steps; only the value tells the index "0" from the property "0". */
function stepsOf(pointer: string, value: Json): (string | number)[] {
  let current: Json | undefined = value;
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => {
      const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(current) ? Number(name) : name;
      current = current === null || typeof current !== 'object' ? undefined : (current as JsonObject)[step];
      return step;
    });
}
