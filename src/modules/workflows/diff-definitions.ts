import type { Json, JsonObject } from '#libs/json-guard';
import type { StepDefinition, WorkflowDefinition } from './definition.js';

/** A value that differs. `path` is a JSON pointer (RFC 6901). */
export type ValueChange =
  | { kind: 'added'; path: string; after: Json }
  | { kind: 'removed'; path: string; before: Json }
  | { kind: 'changed'; path: string; before: Json; after: Json };

/** How one definition differs from another. */
export interface DefinitionDiff {
  /** Outside the steps; paths start at the definition. */
  changes: ValueChange[];
  steps: {
    /** Ids. */
    added: string[];
    removed: string[];
    /** Steps that both have; paths start at the step. */
    changed: { id: string; changes: ValueChange[] }[];
    /** The steps that both have stand in another order. */
    reordered: boolean;
  };
}

/** Compares definitions member by member, and their steps by id. */
export function diffDefinitions(before: WorkflowDefinition, after: WorkflowDefinition): DefinitionDiff {
  const { steps: stepsBefore, ...restBefore } = before;
  const { steps: stepsAfter, ...restAfter } = after;
  return {
    changes: diffValues(restBefore as unknown as Json, restAfter as unknown as Json),
    steps: diffSteps(stepsBefore, stepsAfter),
  };
}

function diffSteps(before: readonly StepDefinition[], after: readonly StepDefinition[]): DefinitionDiff['steps'] {
  const old = new Map(before.map((step) => [step.id, step]));
  const ids = new Set(after.map(({ id }) => id));
  const kept = before.flatMap(({ id }) => (ids.has(id) ? [id] : []));
  return {
    added: after.flatMap(({ id }) => (old.has(id) ? [] : [id])),
    removed: before.flatMap(({ id }) => (ids.has(id) ? [] : [id])),
    changed: after.flatMap((step) => {
      const changes = old.has(step.id) ? diffValues(old.get(step.id) as unknown as Json, step as unknown as Json) : [];
      return changes.length > 0 ? [{ id: step.id, changes }] : [];
    }),
    reordered: after.filter(({ id }) => old.has(id)).some(({ id }, index) => id !== kept[index]),
  };
}

/** The smallest values that differ. Items of arrays are compared by position; the order of members means nothing. */
export function diffValues(before: Json, after: Json, path = ''): ValueChange[] {
  if (Object.is(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ kind: 'changed', path, before, after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): ValueChange[] => {
    const [old, now] = [valueAt(before, key), valueAt(after, key)];
    const here = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (now === undefined) return old === undefined ? [] : [{ kind: 'removed', path: here, before: old }];
    return old === undefined ? [{ kind: 'added', path: here, after: now }] : diffValues(old, now, here);
  });
}

const isContainer = (value: Json): value is JsonObject | Json[] => typeof value === 'object' && value !== null;

const valueAt = (container: JsonObject | Json[], key: string): Json | undefined =>
  Object.hasOwn(container, key) ? (container as JsonObject)[key] : undefined;
