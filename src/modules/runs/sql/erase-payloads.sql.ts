import type { Statement } from '../../../platform/database/index.js';

/**
 * When the payloads of run r are to be erased: redacted values, which nobody is shown, at the end, or while the run can be retried a day
 * later; with `metadata` and `none` everything 5 minutes after the end, until which the output can be read. Never while a run that waits for
 * this one is not over: it may still have to read the output.
 */
const IS_DUE = `
  r.sealed and r.completed_at <= now() - case
    when r.store <> 'full' then interval '5 minutes'
    when r.status in ('failed', 'timed_out') then interval '24 hours'
    else interval '0'
  end
  and not exists (
    select 1 from runs p where p.organization_id = r.organization_id and p.id = r.parent_run_id and p.completed_at is null
  )`;

/** Up to $2 runs, of all organizations, that ended after $1. Reads runs_sealed in order, which holds only runs that are not erased. */
export const LIST_ERASABLE: Statement = {
  name: 'list_erasable_runs',
  text: `
select r.organization_id, r.id, r.completed_at from runs r
where ${IS_DUE} and ($1::timestamptz is null or r.completed_at > $1) order by r.completed_at limit $2::int`,
};

/** Whether run $2 of organization $1 is to be erased now. */
export const IS_ERASABLE: Statement = {
  name: 'is_erasable_run',
  text: `select 1 from runs r where r.organization_id = $1 and r.id = $2 and ${IS_DUE}`,
};

/** Also forgets what was sent to the run's steps. */
export const REPLACE_PAYLOADS = `
with sent as (delete from run_signals where organization_id = $1 and run_id = $2)
update runs set input = $3::json, output = $4::json, error = $5::json, last_seq = $6, sealed = false
where organization_id = $1 and id = $2`;

export const REPLACE_EVENTS = 'delete from run_events where organization_id = $1 and run_id = $2';
