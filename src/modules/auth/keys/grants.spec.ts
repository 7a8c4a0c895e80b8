import { describe, expect, it } from 'vitest';
import { formatId, newId } from '#libs/ids';
import type { Caller } from '../caller.js';
import type { Scope } from '../scopes.js';
import { grantLimits, grantScopes, grantWorkflows } from './grants.js';

const caller = (scopes: Scope[], rest: Partial<Caller> = {}) => ({ scopes, limits: {}, ...rest });

const issuesOf = (granted: Promise<unknown>) =>
  granted.then(
    () => [],
    (error: { details: unknown }) => error.details,
  );

describe('the scopes of a new key', () => {
  it('are, unless asked, the defaults that the creator has', () => {
    expect(grantScopes(caller(['keys:write', 'runs:read']), undefined)).toEqual(['runs:read']);
    expect(grantScopes(caller(['org:admin']), undefined)).toEqual(['workflows:execute', 'runs:read']);
    expect(() => grantScopes(caller(['keys:write']), undefined)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    );
  });

  it('cannot exceed the creator, and the answer names what does', () => {
    const asked: Scope[] = ['runs:read', 'runs:write', 'org:admin'];
    expect(() => grantScopes(caller(['keys:write', 'runs:read']), asked)).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining('runs:write, org:admin') }),
    );
  });

  it('may be any when the creator has org:admin', () => {
    expect(grantScopes(caller(['org:admin']), ['runs:write', 'runs:write'])).toEqual(['runs:write']);
  });
});

describe('the workflows of a new key', () => {
  const [mine, other, unknown] = [newId(), newId(), newId()];
  const existing = (ids: string[]) => Promise.resolve(new Set(ids.filter((id) => id === mine || id === other)));
  it('are the bare ids, in either form, each once', async () => {
    expect(await grantWorkflows(caller([]), [formatId('wf', mine), mine], existing)).toEqual([mine]);
  });

  it('must exist: an id that cannot be one is answered like an unknown one', async () => {
    expect(await issuesOf(grantWorkflows(caller([]), [mine, unknown, 'nonsense'], existing))).toEqual([
      { path: ['workflowIds', 1], message: 'Workflow not found' },
      { path: ['workflowIds', 2], message: 'Workflow not found' },
    ]);
  });

  it('of a bound creator are some of its own, even with org:admin', async () => {
    const bound = caller(['org:admin'], { workflowIds: [mine] });
    expect(await grantWorkflows(bound, undefined, existing)).toEqual([mine]);
    expect(await grantWorkflows(bound, [mine], existing)).toEqual([mine]);
    expect(await issuesOf(grantWorkflows(bound, [other], existing))).toEqual([
      { path: ['workflowIds', 0], message: 'Workflow not found' },
    ]);
  });

  it('of an unbound creator are all, unless asked', async () => {
    expect(await grantWorkflows(caller([]), undefined, existing)).toBeUndefined();
  });
});

describe('the limits of a new key', () => {
  it('may be lowered by anybody', () => {
    expect(grantLimits(caller([]), { execute: 500, read: 1 })).toEqual({ execute: 500, read: 1 });
    expect(grantLimits(caller([]), undefined)).toBeUndefined();
  });

  it('may be raised only with org:admin, seen from what is in force for the creator', () => {
    expect(() => grantLimits(caller([]), { execute: 501 })).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(grantLimits(caller([], { limits: { execute: 900 } }), { execute: 900 })).toEqual({ execute: 900 });
    expect(grantLimits(caller(['org:admin']), { execute: 9000 })).toEqual({ execute: 9000 });
  });
});
