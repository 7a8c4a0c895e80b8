import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import { type Json, shorten } from '#libs/json-guard';

import { formatsFor } from './formats.js';
import { type Issue, MOST_ISSUES, toIssues } from './issues.js';
import { meterKeyword, uniqueItemsKeyword } from './keywords.js';
import { LinearPattern } from './linear-pattern.js';
import { Meter, MeterExhausted } from './meter.js';
import { type PreparedSchema, prepareSchema } from './prepare-schema.js';
import { SchemaError } from './schema-error.js';
import { SCHEMA_LIMITS } from './schema-limits.js';

/** Memory that the patterns of one schema may keep between matches, and the least and most that one of them may. */
const PATTERN_CACHE = { all: 4 * 1024 * 1024, least: 32 * 1024, most: 512 * 1024 };

/** The value with defaults filled in, or what is wrong with it: at most twenty issues. */
export type ValidationResult = { ok: true; value: Json } | { ok: false; issues: Issue[] };

export interface Validator {
  /**
   * Checks a value that has passed the JSON guard. Defaults go into a copy: the input is never changed. Properties that
   * the schema does not know stay. An input that cannot be checked within half a second is refused.
   */
  readonly validate: (input: Json) => ValidationResult;
}

/**
 * Compiles a schema (draft 2020-12; formats are asserted; only references inside the schema). It takes the time it
 * takes, on this thread: prove a schema that is new with `assertSchemaCompiles` first.
 *
 * @throws SchemaError
 * @example compileSchema({ required: ['id'] }).validate({}) // { ok: false, issues: [{ path: ['id'], message: 'Required' }] }
 */
export function compileSchema(schema: Json): Validator {
  const prepared = prepareSchema(schema);
  const meter = new Meter();
  const check = compile(prepared, meter);
  return {
    validate(input) {
      const value = prepared.hasDefaults ? structuredClone(input) : input;
      const issues = run(check, value, meter);
      return issues === undefined ? { ok: true, value } : { ok: false, issues };
    },
  };
}

function compile(prepared: PreparedSchema, meter: Meter): ValidateFunction {
  const patterns = compilePatterns(prepared, meter);
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    messages: false,
    useDefaults: true,
    ownProperties: true,
    // Cents: 19.99 is a multiple of 0.01, which exact division of doubles denies.
    multipleOfPrecision: 9,
    // References become calls: a copy at each would let the code grow out of all proportion to the schema.
    inlineRefs: false,
    meta: false,
    validateSchema: false,
    logger: false,
    formats: formatsFor(meter),
    // Seven names or fewer are checked one by one, more in a loop, which keeps the code short.
    loopRequired: 8,
    code: {
      // Ajv's optimiser doubles the time to compile and does not shorten validation.
      optimize: false,
      process: codeLimit(),
      regExp: Object.assign((source: string) => patternFrom(patterns, source), { code: '' }),
    },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword(uniqueItemsKeyword(meter));
  ajv.addKeyword(meterKeyword(meter));
  try {
    return ajv.compile(prepared.schema);
  } catch (error) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : (error as Error).message;
    throw new SchemaError(`The schema does not compile: ${reason}.`, []);
  }
}

function compilePatterns({ patterns }: PreparedSchema, meter: Meter): Map<string, LinearPattern> {
  const compiled = new Map<string, LinearPattern>();
  const { all, least, most } = PATTERN_CACHE;
  const cacheBytes = Math.min(most, Math.max(least, all / patterns.length));
  let instructions = 0;
  for (const { source, path } of patterns) {
    if (compiled.has(source)) continue;
    let pattern: LinearPattern;
    try {
      pattern = new LinearPattern(source, meter, cacheBytes);
    } catch (error) {
      throw new SchemaError(`The pattern "${shorten(source)}" cannot be used: ${(error as Error).message}.`, path);
    }
    compiled.set(source, pattern);
    instructions += pattern.size;
    if (instructions > SCHEMA_LIMITS.patternInstructions) {
      throw new SchemaError('The patterns are too large: shorten them or lower the counts in { }.', path);
    }
  }
  return compiled;
}

/** Called with the code of each function before V8 sees it. */
function codeLimit(): (code: string) => string {
  let length = 0;
  return (code) => {
    length += code.length;
    if (length > SCHEMA_LIMITS.code) throw new Error('it makes too much code: make it smaller');
    return code;
  };
}

function patternFrom(patterns: ReadonlyMap<string, LinearPattern>, source: string): LinearPattern {
  const pattern = patterns.get(source);
  if (pattern === undefined) throw new Error(`the pattern "${source}" was not prepared`);
  return pattern;
}

function run(check: ValidateFunction, value: Json, meter: Meter): Issue[] | undefined {
  meter.start();
  try {
    if (check(value)) return undefined;
    return toIssues(check.errors ?? [], value);
  } catch (error) {
    return issuesOfStop(error, value);
  } finally {
    check.errors = null;
  }
}

/** An input that runs out of time, or of stack where defaults make it grow, is refused like any other. */
function issuesOfStop(error: unknown, value: Json): Issue[] {
  if (error instanceof RangeError) return [{ path: [], message: 'is nested too deeply for its schema' }];
  if (!(error instanceof MeterExhausted)) throw error;
  const message = 'takes too long to check against its schema: send less, or simplify the schema';
  return [...toIssues(error.found, value).slice(0, MOST_ISSUES - 1), { path: [], message }];
}
