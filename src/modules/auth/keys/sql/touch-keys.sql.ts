import type { Statement } from '../../../../platform/database/index.js';

/**
 * $1 hashes. A row that another process holds is skipped: what it writes is now, too. So processes that touch the same keys in
 * different orders neither wait for each other nor deadlock. Plan: `api_keys_hash_key` twice.
 */
export const TOUCH_KEYS: Statement = {
  name: 'auth.touch-keys',
  text: `
with free as materialized (select hash from api_keys where hash = any ($1::bytea[]) for no key update skip locked)
update api_keys set last_used_at = now() from free where api_keys.hash = free.hash`,
};
