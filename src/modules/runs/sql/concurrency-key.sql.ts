import type { Statement } from '../../../platform/database/index.js';

/**
 * Lets the first run in line start, of each concurrency key in $1 that nobody holds. Each key is a transaction of its own, so this must not be
 * sent inside of one.
 */
export const ADMIT_WAITING_RUNS: Statement = { name: 'admit_waiting_runs', text: 'call admit_waiting_runs($1::json)' };

/** The same for key $3 of workflow $2 of organization $1, within a transaction. */
export const ADMIT_WAITING_RUN = 'select admit_waiting_run($1, $2, $3)';

/**
 * Makes everybody who decides on the runs of a concurrency key wait for each other until the transaction ends. Same lock as admit_waiting_run. A
 * process that is stopped in the middle of its decision holds up the others for 3 s at most.
 */
export const LOCK_CONCURRENCY_KEY = `
select set_config('idle_in_transaction_session_timeout', '3000', true),
  pg_advisory_xact_lock(hashtextextended($1::uuid || ' ' || $2::uuid || ' ' || $3::text, 0))`;

/** Unfinished runs of a concurrency key; the one that holds it first, then in the order in which they will. Reads runs_unfinished_by_key. */
export const UNFINISHED_OF_KEY = `
select id from runs
where organization_id = $1 and workflow_id = $2 and concurrency_key = $3 and concurrency_key is not null
  and status in ('queued', 'running', 'waiting')
order by due_at = 'infinity', priority desc, id`;
