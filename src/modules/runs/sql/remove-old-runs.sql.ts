import type { Statement } from '../../../platform/database/index.js';

/**
 * Removes up to $5 runs of organization $1 that ended before $2, oldest first, with what hangs on them. Reads runs_pkey from $3, where the
 * last batch stopped, to $4, the lowest id of that time: no index of its own on the hot table, and what has been removed or is still
 * unfinished is passed over once. Rows that somebody works on are left for the next time; new runs are never in reach.
 */
export const REMOVE_OLD_RUNS: Statement = {
  name: 'remove_old_runs',
  text: `
with old as (
  select id from runs
  where organization_id = $1 and id > $3 and id < $4 and completed_at < $2
  order by id limit $5::int for update skip locked
)
delete from runs r using old where r.organization_id = $1 and r.id = old.id
returning r.id`,
};
