import type { Statement } from '../../../platform/database/index.js';

/**
 * Writes what a group of executions came to: events, and with them a new status (still running, parked, released, or final), in one
 * commit. Each write names its attempt token; a run whose token has changed is missing from the result and nothing of it is written.
 * A run that parks is due at once if it was signalled since its worker last looked (`signals`): the row's own count is compared, so a
 * signal that commits meanwhile is never missed.
 * Nor is a run let go, parked or released, that is asked to cancel: nobody would take it up again, so it stays for END_OVERDUE_RUNS.
 * Index use: runs_pkey by nested loop, one probe an item. The limits change nothing but the planner's guess of 100 items, which on a young
 * table makes a plan of it that reads all runs, and keeps it (each unknown limit divides the guess by ten): 0.2 ms instead of 8.
 */
export const WRITE_PROGRESS: Statement = {
  name: 'write_progress',
  text: `
with item as (
  select * from (
    select * from json_to_recordset($1::json) as i (
      organization_id uuid, id uuid, token uuid, status text, output json, error json, wake_at timestamptz, signals int, last_seq int, events json
    ) limit (select 1000)
  ) few limit (select 1000)
), written as (
  update runs r set
    status = i.status,
    output = i.output,
    error = i.error,
    last_seq = i.last_seq,
    due_at = case i.status
      when 'running' then r.due_at
      when 'waiting' then case when r.signals > i.signals then now() else least(i.wake_at, r.deadline_at) end
      when 'queued' then now()
    end,
    attempt_token = case when i.status = 'running' then r.attempt_token end,
    completed_at = case when i.status in ('completed', 'failed', 'cancelled', 'timed_out') then now() end
  from item i
  where r.organization_id = i.organization_id and r.id = i.id and r.attempt_token = i.token
    and (r.cancel_requested_at is null or i.status not in ('queued', 'waiting'))
  returning r.organization_id, r.id
), logged as (
  insert into run_events (organization_id, run_id, last_seq, events)
  select organization_id, id, last_seq, events from item join written using (organization_id, id)
  where json_array_length(events) > 0
)
select id from written`,
};
