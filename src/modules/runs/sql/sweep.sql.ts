import type { Statement } from '../../../platform/database/index.js';

/**
 * Ends up to 500 runs that no worker will end: past their deadline, crashed too often ($1), or asked to cancel more than 5 s ago without
 * an answer of their worker. Clearing the token fences a worker that comes back. A running run past its deadline gets 5 s of grace,
 * since its worker ends it by itself. Reads runs_deadline, runs_cancelling and runs_in_hand, one branch each; never finished runs.
 */
export const END_OVERDUE_RUNS: Statement = {
  name: 'end_overdue_runs',
  text: `
with suspect as (
  select organization_id, id from runs where status in ('queued', 'running', 'waiting') and deadline_at < now()
  union
  select organization_id, id from runs where status = 'running' and cancel_requested_at < now() - interval '5 s'
  union
  select organization_id, id from runs where status in ('running', 'waiting') and status = 'running' and due_at <= now() and crashes >= $1::int
  limit 500
), overdue as (
  select organization_id, id, r.started_at, case
    when r.cancel_requested_at < now() - interval '5 s' then 'cancelled'
    when r.deadline_at < now() then 'timed_out'
    else 'failed'
  end as ending
  from suspect join runs r using (organization_id, id)
  where r.status in ('queued', 'waiting') and r.deadline_at < now()
    or r.status = 'running' and (
      r.cancel_requested_at < now() - interval '5 s'
      or r.deadline_at < now() - case when r.due_at > now() then interval '5 s' else interval '0' end
      or r.due_at <= now() and r.crashes >= $1::int
    )
  for update of r skip locked
), ended as (
  update runs r set
    status = o.ending,
    error = case o.ending
      when 'failed' then json_build_object('code', 'WORKER_CRASHED',
        'message', 'The worker executing this run stopped ' || r.crashes + 1 || ' times without finishing it.')
      when 'timed_out' then json_build_object('code', 'TIMEOUT', 'message',
        case when o.started_at is null and r.deadline_at = r.expires_at then 'The run had not started by its expiresAt.'
        when o.started_at is null then 'The run waited in the queue longer than its queueTtlMs.'
        else 'The run took longer than its maxDurationMs of ' || r.max_duration_ms || '.' end)
      else json_build_object('code', 'CANCELLED', 'message', 'The run was cancelled.')
    end,
    last_seq = r.last_seq + 1, due_at = null, attempt_token = null, completed_at = now()
  from overdue o where r.organization_id = o.organization_id and r.id = o.id
  returning r.organization_id, r.id, r.last_seq, r.status, r.error
), logged as (
  insert into run_events (organization_id, run_id, last_seq, events)
  select organization_id, id, last_seq, json_build_array(json_build_object(
    'type', 'run.' || status, 'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'error', error))
  from ended
)
select id from ended`,
};

/**
 * Milliseconds until the next run comes due, if that is within $1: at most 0 when one is due now, and so an idle worker need not claim. Four
 * probes of runs_queued, runs_in_hand and runs_start_later, each of which stops at the first row. And the concurrency keys
 * that nobody holds of runs whose start has come within the last $1: at most 1000.
 */
export const NEXT_DUE: Statement = {
  name: 'next_due',
  text: `
select (extract(epoch from least(
  (select now() from runs where status = 'queued' and due_at <= now() limit 1),
  (select now() from runs where status in ('running', 'waiting') and status = 'running' and due_at <= now() limit 1),
  (select min(due_at) from runs where status in ('running', 'waiting') and status = 'waiting' and due_at < now() + $1::int * interval '1 ms'),
  (select min(start_at) from runs where status = 'queued' and start_at > now() and start_at < now() + $1::int * interval '1 ms')
) - now()) * 1000)::float8 as in_ms, (
  select json_agg(started) from (
    select distinct organization_id, workflow_id, concurrency_key as key from runs r
    where status = 'queued' and start_at > now() - $1::int * interval '1 ms' and start_at <= now() and due_at = 'infinity' and not exists (
      select from runs holder
      where holder.organization_id = r.organization_id and holder.workflow_id = r.workflow_id and holder.concurrency_key = r.concurrency_key
        and holder.concurrency_key is not null and holder.status in ('queued', 'running', 'waiting') and holder.due_at <> 'infinity'
    ) limit 1000
  ) started
) as startable`,
};

/**
 * Concurrency keys, at most 1000, that have a run in line and no holder, so that nothing will let the run start: its start has come only now, or the
 * process died between inserting and admitting it (docs/adr/0009). A loose scan of runs_in_line, with two probes a key that has runs in line.
 */
export const FIND_STALLED_KEYS: Statement = {
  name: 'find_stalled_keys',
  text: `
with recursive line as (
  (
    select organization_id, workflow_id, concurrency_key as key from runs
    where concurrency_key is not null and status = 'queued' and due_at = 'infinity'
    order by organization_id, workflow_id, concurrency_key limit 1
  )
  union all
  select next.* from line cross join lateral (
    select organization_id, workflow_id, concurrency_key from runs
    where concurrency_key is not null and status = 'queued' and due_at = 'infinity'
      and (organization_id, workflow_id, concurrency_key) > (line.organization_id, line.workflow_id, line.key)
    order by organization_id, workflow_id, concurrency_key limit 1
  ) next
)
select * from line where not exists (
  select from runs r
  where r.organization_id = line.organization_id and r.workflow_id = line.workflow_id and r.concurrency_key = line.key
    and r.concurrency_key is not null and r.status in ('queued', 'running', 'waiting') and r.due_at <> 'infinity'
) and exists (
  select from runs r
  where r.organization_id = line.organization_id and r.workflow_id = line.workflow_id and r.concurrency_key = line.key
    and r.concurrency_key is not null and r.status = 'queued' and r.due_at = 'infinity' and (r.start_at is null or r.start_at <= now())
) limit 1000`,
};

/** Extends the leases of the runs that a process holds, and tells which of them it still holds and which should be cancelled. */
export const HEARTBEAT: Statement = {
  name: 'heartbeat',
  text: `
update runs r set due_at = now() + $4::int * interval '1 ms'
from (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as m (organization_id, id, token) limit (select 10000)) mine
where r.organization_id = mine.organization_id and r.id = mine.id and r.attempt_token = mine.token
returning r.id, r.cancel_requested_at is not null as cancel`,
};
