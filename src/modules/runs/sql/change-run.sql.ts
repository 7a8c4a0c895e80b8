import type { Statement } from '../../../platform/database/index.js';

/**
 * Cancels runs $2 of organization $1 and the runs below them: queued and waiting runs at once with their last event, a running one by asking
 * its worker, whose token stays valid so that it can write what it had done. Final runs are not touched and not returned. Runs without
 * others below cost one probe of runs_by_parent more. Rows are locked in the order in which ends of runs lock them: a child before its
 * parent, the holder of a concurrency key before those in line.
 */
export const CANCEL_RUNS: Statement = {
  name: 'cancel_runs',
  text: `
with recursive tree as (
  select unnest($2::uuid[]) as id
  union
  select r.id from tree join runs r on r.organization_id = $1 and r.parent_run_id = tree.id
), locked as materialized (
  select id from runs where organization_id = $1 and id in (select id from tree) and status in ('queued', 'running', 'waiting')
  order by depth desc, due_at = 'infinity', id for update
), changed as (
  update runs set
    cancel_requested_at = coalesce(cancel_requested_at, now()),
    status = case when status = 'running' then 'running' else 'cancelled' end,
    due_at = case when status = 'running' then due_at end,
    last_seq = case when status = 'running' then last_seq else last_seq + 1 end,
    completed_at = case when status = 'running' then null else now() end,
    error = case when status = 'running' then null
      else json_build_object('code', 'CANCELLED', 'message', 'The run was cancelled.') end
  where organization_id = $1 and id in (select id from locked) and status in ('queued', 'running', 'waiting')
  returning organization_id, id, status, last_seq, error
), logged as (
  insert into run_events (organization_id, run_id, last_seq, events)
  select organization_id, id, last_seq, json_build_array(json_build_object('type', 'run.cancelled',
    'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'error', error))
  from changed where status = 'cancelled'
)
select id, status from changed`,
};

/**
 * Opens runs $2 of organization $1 again as their next attempt, each queued for at most so many milliseconds as $3 says at its place. One
 * conditional update: one winner. What was sent to steps of the earlier attempt is forgotten: a step that parks again is asked anew.
 * A run with a concurrency key goes in line; whoever opens it calls admit_waiting_runs afterwards (docs/adr/0009).
 */
export const RETRY_RUNS: Statement = {
  name: 'retry_runs',
  text: `
with changed as (
  update runs set
    status = 'queued', attempt = attempt + 1, crashes = 0, attempt_token = null, error = null, output = null, started_at = null,
    completed_at = null, cancel_requested_at = null, due_at = case when concurrency_key is null then now() else 'infinity' end,
    deadline_at = now() + asked.ttl * interval '1 ms', last_seq = last_seq + 1
  from (select * from unnest($2::uuid[], $3::bigint[]) as a (run_id, ttl) limit (select 1000)) asked
  where organization_id = $1 and id = asked.run_id and status in ('failed', 'timed_out')
  returning organization_id, id, attempt, last_seq
), forgotten as (
  delete from run_signals s using changed where s.organization_id = changed.organization_id and s.run_id = changed.id
), logged as (
  insert into run_events (organization_id, run_id, last_seq, events)
  select organization_id, id, last_seq, json_build_array(json_build_object('type', 'run.retried',
    'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'attempt', attempt))
  from changed
)
select id from changed`,
};
