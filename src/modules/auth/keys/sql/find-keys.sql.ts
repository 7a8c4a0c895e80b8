import type { Statement } from '../../../../platform/database/index.js';

/**
 * $1 the hashes of several requests' keys. The only read of a tenant's row without its organization: the hash is what names both.
 * Plan: index scan of `api_keys_hash_key` with the array, then one primary key look-up in organizations and in users for each row.
 */
export const FIND_KEYS: Statement = {
  name: 'auth.find-keys',
  text: `
select k.hash, k.id, k.organization_id, k.user_id, k.scopes, k.workflow_ids, k.rate_limits, o.plan, o.settings,
       k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.disabled_at is null as usable
from api_keys k
join organizations o on o.id = k.organization_id
join users u on u.id = k.user_id
where k.hash = any ($1::bytea[])`,
};
