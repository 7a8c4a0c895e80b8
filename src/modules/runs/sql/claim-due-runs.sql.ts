import type { Statement } from '../../../platform/database/index.js';

/**
 * Serialises claims of all workers for the few milliseconds of one; caps and shares are then exact. Sent with `begin`. A worker that is
 * stopped in the middle of a claim holds up the others for 3 s at most.
 */
export const LOCK_CLAIMS = `begin; set local idle_in_transaction_session_timeout = 3000; select pg_advisory_xact_lock(7301)`;

/**
 * Claims up to $1 due runs for $2 milliseconds: queued ones, parked ones whose time has come, and running ones whose lease died.
 *
 * Fair across organizations: a loose index scan visits only organizations that have unfinished runs; each offers its most urgent runs,
 * at most its concurrency cap ($3 unless it has its own) minus what it has in hand; runs are then taken one of each organization in
 * turn. Cost is O(organizations × $1), whatever the backlog: both partial indexes are read in order and only as far as needed.
 * A run past its deadline, crashed too often ($4) or asked to cancel is left to END_OVERDUE_RUNS.
 *
 * Runs on their last chance, which another crash would end, are claimed one at a time, and only if $5: runs that were in hand together lost
 * their workers together, and one of them may be the cause. Each worker holds at most one, so the cause takes no other with it.
 */
export const CLAIM_DUE_RUNS: Statement = {
  name: 'claim_due_runs',
  text: `
with recursive busy as (
  select least(
    (select organization_id from runs where status = 'queued' order by organization_id limit 1),
    (select organization_id from runs where status in ('running', 'waiting') order by organization_id limit 1)
  ) as id
  union all
  select least(
    (select organization_id from runs where status = 'queued' and organization_id > busy.id order by organization_id limit 1),
    (select organization_id from runs where status in ('running', 'waiting') and organization_id > busy.id order by organization_id limit 1)
  ) from busy where busy.id is not null
), share as materialized (
  select o.id, greatest(0, least($1::int, coalesce((o.settings ->> 'concurrency')::int, $3::int) - (
    select count(*) from runs where organization_id = o.id and status = 'running' and due_at > now()
  ))) as free
  from busy join organizations o on o.id = busy.id
), offer as (
  select run.*, row_number() over (partition by run.organization_id order by run.priority desc, run.due_at) as turn, share.free
  from share cross join lateral (
    select * from (
      select organization_id, id, status, priority, due_at, false as last_chance from runs
      where organization_id = share.id and status = 'queued' and due_at <= now() and deadline_at > now()
      order by priority desc, due_at limit share.free for update skip locked
    ) queued
    union all
    select * from (
      select organization_id, id, status, priority, due_at, false as last_chance from runs
      where organization_id = share.id and status in ('running', 'waiting') and due_at <= now() and deadline_at > now()
        and cancel_requested_at is null and (status = 'waiting' or crashes < $4::int - 1)
      order by due_at limit share.free for update skip locked
    ) in_hand
    union all
    select * from (
      select organization_id, id, status, priority, due_at, true as last_chance from runs
      where organization_id = share.id and status = 'running' and due_at <= now() and deadline_at > now()
        and cancel_requested_at is null and crashes = $4::int - 1
      order by due_at limit least(share.free, $5::int) for update skip locked
    ) last_chance
  ) run
), taken as (
  select organization_id, id, status from offer
  where turn <= free and (not last_chance or id = (select id from offer where last_chance and turn <= free order by due_at limit 1))
  order by turn, due_at limit $1::int
)
update runs r set
  status = 'running',
  attempt_token = gen_random_uuid(),
  due_at = now() + $2::int * interval '1 ms',
  crashes = r.crashes + (taken.status = 'running')::int,
  started_at = coalesce(r.started_at, now()),
  deadline_at = case when r.started_at is null then now() + r.max_duration_ms * interval '1 ms' else r.deadline_at end
from taken
where r.organization_id = taken.organization_id and r.id = taken.id
returning r.organization_id, r.id, r.workflow_id, r.version_id, r.input, r.sealed, r.connection_id, r.attempt, r.attempt_token, r.last_seq,
  r.signals, r.parent_run_id, r.depth, r.trigger, r.api_key_id,
  (extract(epoch from r.deadline_at - now()) * 1000)::float8 as remaining_ms,
  taken.status = 'running' and r.crashes >= $4::int as last_chance`,
};
