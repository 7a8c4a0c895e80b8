import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import type { StepDefinition, WorkflowDefinition } from './definition.js';
import { diffDefinitions, diffValues } from './diff-definitions.js';

const step = (id: string, config = {}): StepDefinition => ({ id, type: 'transform', config });
const definition = (steps: StepDefinition[], more: object = {}): WorkflowDefinition => ({
  trigger: { type: 'api' },
  steps,
  ...more,
});

describe('the difference of two definitions', () => {
  it('is empty for equal ones, whatever the order of their members', () => {
    const none = { changes: [], steps: { added: [], removed: [], changed: [], reordered: false } };
    const one = definition([step('a', { x: 1, y: [null] })], { settings: { queueTtlMs: 1, maxDurationMs: 2 } });
    const other = definition([step('a', { y: [null], x: 1 })], { settings: { maxDurationMs: 2, queueTtlMs: 1 } });
    expect(diffDefinitions(one, other)).toEqual(none);
  });

  it('names steps that came, went and changed, with pointers into the step', () => {
    const before = definition([step('a', { mapping: { x: 1, 'a/b~c': 2 } }), step('b')]);
    const after = definition([step('a', { mapping: { x: 2, 'a/b~c': 3, new: null } }), step('c')]);
    expect(diffDefinitions(before, after).steps).toEqual({
      added: ['c'],
      removed: ['b'],
      changed: [
        {
          id: 'a',
          changes: [
            { kind: 'changed', path: '/config/mapping/x', before: 1, after: 2 },
            { kind: 'changed', path: '/config/mapping/a~1b~0c', before: 2, after: 3 },
            { kind: 'added', path: '/config/mapping/new', after: null },
          ],
        },
      ],
      reordered: false,
    });
  });

  it('tells another order of the steps apart from added and removed ones', () => {
    const before = definition([step('a'), step('b'), step('c')]);
    expect(diffDefinitions(before, definition([step('c'), step('a')])).steps.reordered).toBe(true);
    expect(diffDefinitions(before, definition([step('x'), step('a'), step('c')])).steps.reordered).toBe(false);
  });

  it('names members outside the steps', () => {
    const before = definition([], { inputSchema: { required: ['a', 'b'] } });
    const after = definition([], { inputSchema: { required: ['a'] }, settings: { queueTtlMs: 5 } });
    expect(diffDefinitions(before, after).changes).toEqual([
      { kind: 'removed', path: '/inputSchema/required/1', before: 'b' },
      { kind: 'added', path: '/settings', after: { queueTtlMs: 5 } },
    ]);
  });

  it('is empty exactly when the values are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (one, other) => {
        // Through text, as definitions are stored: it knows no negative zero.
        const [before, after] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as Json) as [Json, Json];
        expect(diffValues(before, before)).toEqual([]);
        const equal = (() => {
          try {
            expect(before).toEqual(after);
            return true;
          } catch {
            return false;
          }
        })();
        expect(diffValues(before, after).length === 0).toBe(equal);
      }),
    );
  });
});
