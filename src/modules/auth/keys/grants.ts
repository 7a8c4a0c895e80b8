import { parseId } from '#libs/ids';
import type { Issue } from '../../../platform/errors/index.js';
import { forbidden, invalidKey } from '../auth.errors.js';
import type { Caller } from '../caller.js';
import { RATE_LIMITS, type RateCategory } from '../rate-category.js';
import type { Scope } from '../scopes.js';

/** What a key is for when nobody says so: start workflows and look at their runs. */
const DEFAULT_SCOPES: readonly Scope[] = ['workflows:execute', 'runs:read'];

type Granter = Pick<Caller, 'scopes' | 'workflowIds' | 'limits'>;

const isAdmin = (caller: Granter): boolean => caller.scopes.includes('org:admin');

/** A key can hand on only the scopes it has, unless it has org:admin. */
export function grantScopes(caller: Granter, asked: readonly Scope[] | undefined): readonly Scope[] {
  const mayGrant = (scope: Scope) => isAdmin(caller) || caller.scopes.includes(scope);
  const scopes = [...new Set(asked ?? DEFAULT_SCOPES.filter(mayGrant))];
  const denied = scopes.filter((scope) => !mayGrant(scope));
  if (denied.length > 0) throw forbidden(`The API key cannot grant scopes that it lacks: ${denied.join(', ')}`);
  if (scopes.length > 0) return scopes;
  throw invalidKey([{ path: ['scopes'], message: 'Required' }]);
}

/**
 * Bare UUIDs of the workflows to bind a new key to, or undefined for every workflow. A bound key can only make keys bound to some of its
 * own workflows, whatever its scopes.
 * @param existing which of the ids the organization has
 */
export async function grantWorkflows(
  caller: Granter,
  asked: readonly string[] | undefined,
  existing: (ids: string[]) => Promise<Set<string>>,
): Promise<readonly string[] | undefined> {
  if (!asked) return caller.workflowIds;
  const ids = asked.map((id) => parseId('wf', id));
  const known = await existing(ids.filter((id) => id !== null));
  const details = ids.flatMap((id, index): Issue[] =>
    id !== null && known.has(id) && (caller.workflowIds?.includes(id) ?? true)
      ? []
      : [{ path: ['workflowIds', index], message: 'Workflow not found' }],
  );
  if (details.length > 0) throw invalidKey(details);
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Anybody may lower a new key's limits below what their own key has; raising one needs org:admin. */
export function grantLimits(
  caller: Granter,
  asked: Partial<Record<RateCategory, number>> | undefined,
): Partial<Record<RateCategory, number>> | undefined {
  const limits = Object.entries(asked ?? {}).filter(([, limit]) => limit !== undefined) as [RateCategory, number][];
  const raised = limits.filter(([category, limit]) => limit > (caller.limits[category] ?? RATE_LIMITS[category].limit));
  if (raised.length > 0 && !isAdmin(caller)) {
    throw forbidden(
      `Raising a rate limit needs the scope org:admin: ${raised.map(([category]) => category).join(', ')}.`,
    );
  }
  return limits.length > 0 ? Object.fromEntries(limits) : undefined;
}
