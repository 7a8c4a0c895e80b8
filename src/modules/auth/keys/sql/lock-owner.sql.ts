/**
 * $1 organization, $2 user. Key creations of one user follow one another under this row's lock, so that none counts before another
 * has inserted. `no key`: rows that refer to the user may still be inserted meanwhile. Plan: two primary key look-ups.
 */
export const LOCK_OWNER = `
select u.id from users u join memberships m on m.user_id = u.id
where m.organization_id = $1 and u.id = $2
for no key update of u`;

/**
 * $1 organization, $2 user, $3 expiry of the key to be made. A statement of its own, so that its snapshot is taken under the lock.
 * Plan: `api_keys_by_user`.
 */
export const COUNT_ACTIVE_KEYS = `
select count(*)::int as active, coalesce($3::timestamptz <= now(), false) as expired
from api_keys
where organization_id = $1 and user_id = $2 and revoked_at is null and (expires_at is null or expires_at > now())`;
