import type { CompileContext } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, SchemaError, type Validator } from '#libs/json-schema';
import { convert, type ConversionName } from './conversions.js';
import { type FieldPath, parseFieldPath, readField, withField } from './field-path.js';
import { compileFieldRule, type FieldRule } from './field-rules.js';
import type { MappingRuleDto, NormalizationDto, TransformAction, TransformConfigDto } from './transform.config.dto.js';

/** What came of one source: the result, and what is wrong with it. */
interface Reshaped {
  data: Json;
  /** Values that could not be changed. */
  unchanged: string[];
  /** Rules that do not hold. */
  violations: string[];
}

/** Applies the rules of a transform's second form to a source: an object, or a list of them. */
export type Reshape = (source: Json, added: JsonObject | null) => { output: Json } | { error: string };

interface Step {
  (state: Reshaped, added: JsonObject | null): void;
}

/** Compiles the rules; what is wrong with them fails through the context. */
export function compileReshape(config: TransformConfigDto, context: CompileContext): Reshape {
  const action = config.action ?? 'transform';
  const steps = stepsOf(config, action, context);
  const one = (source: Json, added: JsonObject | null): Reshaped => {
    const state: Reshaped = { data: source, unchanged: [], violations: [] };
    for (const step of steps) step(state, added);
    return state;
  };
  const conclude = action === 'validate' ? reported(config.strict === true) : demanded(config.strict === true);
  return (source, added) => {
    if (Array.isArray(source))
      return together(source.map((element, index) => conclude(one(element, added), `${index}: `)));
    if (typeof source !== 'object' || source === null)
      return { error: 'sourceData must be an object or a list of objects' };
    return conclude(one(source, added), '');
  };
}

function stepsOf(config: TransformConfigDto, action: TransformAction, context: CompileContext): Step[] {
  const does = (name: TransformAction) => action === name || action === 'transform';
  return [
    ...(does('map') ? mapBy(config.mappingRules ?? [], context) : []),
    ...(does('normalize') ? (config.normalizations ?? []).map((rule, index) => normalizeBy(rule, index, context)) : []),
    ...(does('enrich') ? [enrich] : []),
    ...(does('validate') ? validateBy(config, context) : []),
  ];
}

function mapBy(rules: MappingRuleDto[], context: CompileContext): Step[] {
  if (rules.length === 0) return [];
  const compiled = rules.map((rule, index) => ({
    source: pathOf(rule.source, context, 'mappingRules', index, 'source'),
    target: pathOf(rule.target, context, 'mappingRules', index, 'target'),
    transform: rule.transform ?? 'direct',
    fallback: rule.default ?? null,
    label: rule.id ?? rule.target,
  }));
  return [
    (state) => {
      let data: Json = {};
      for (const { source, target, transform, fallback, label } of compiled) {
        const value = convert(transform, readField(state.data, source));
        if (value === undefined) state.unchanged.push(`${label} is no ${transform}`);
        data = withField(data, target, value ?? fallback);
      }
      state.data = data;
    },
  ];
}

function normalizeBy({ field, type }: NormalizationDto, index: number, context: CompileContext): Step {
  const path = pathOf(field, context, 'normalizations', index, 'field');
  return (state) => {
    const value = readField(state.data, path);
    if (value === null) return;
    const normal = convert(type satisfies ConversionName, value);
    if (normal === undefined) state.unchanged.push(`${field} is no ${type}`);
    else state.data = withField(state.data, path, normal);
  };
}

const enrich: Step = (state, added) => {
  if (added === null) return;
  const members = typeof state.data === 'object' && state.data !== null && !Array.isArray(state.data) ? state.data : {};
  state.data = { ...members, ...added };
};

function validateBy({ validationRules = [], targetSchema }: TransformConfigDto, context: CompileContext): Step[] {
  const rules = validationRules.map((rule, index) => {
    const compiled: FieldRule | string = compileFieldRule(rule.rule, rule.value ?? null);
    if (typeof compiled === 'string') return context.fail(compiled, 'validationRules', index, 'value');
    const path = pathOf(rule.field, context, 'validationRules', index, 'field');
    return { ...compiled, path, message: rule.message ?? `${rule.field} ${compiled.message}` };
  });
  const steps: Step[] = [
    (state) => {
      for (const { test, path, message } of rules)
        if (!test(readField(state.data, path))) state.violations.push(message);
    },
  ];
  return targetSchema === undefined || targetSchema === null
    ? steps
    : [...steps, satisfy(compileTarget(targetSchema, context))];
}

const satisfy =
  (validator: Validator): Step =>
  (state) => {
    const result = validator.validate(state.data);
    if (result.ok) state.data = result.value;
    else state.violations.push(...result.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()));
  };

function compileTarget(schema: Json, context: CompileContext): Validator {
  try {
    return compileSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return context.fail(error.message, 'targetSchema', ...error.path);
  }
}

type Conclude = (state: Reshaped, place: string) => { output: Json } | { error: string };

/** Whatever does not hold fails the step. */
const demanded =
  (strict: boolean): Conclude =>
  ({ data, unchanged, violations }, place) => {
    const wrong = strict ? [...unchanged, ...violations] : violations;
    return wrong.length === 0 ? { output: data } : { error: `${place}${wrong.slice(0, 10).join('; ')}` };
  };

/** Whatever does not hold is the answer. */
const reported =
  (strict: boolean): Conclude =>
  ({ data, violations }, place) => {
    if (strict && violations.length > 0) return { error: `${place}${violations.slice(0, 10).join('; ')}` };
    return { output: { valid: violations.length === 0, errors: violations, data } };
  };

function together(results: ({ output: Json } | { error: string })[]): { output: Json } | { error: string } {
  const failed = results.find((result) => 'error' in result);
  return failed ?? { output: results.map((result) => ('output' in result ? result.output : null)) };
}

function pathOf(text: string, context: CompileContext, ...at: (string | number)[]): FieldPath {
  const path = parseFieldPath(text);
  return path ?? context.fail('must name a field, such as customer.email or items.0.price', ...at);
}
