import type { Statement } from '../../../platform/database/index.js';

/**
 * Inserts a group of runs, queued or already finished, each with its events and its idempotency key, in one commit.
 *
 * A run goes in only if the workflow's head is still the one the caller decided on (same version, still active), so that decisions made
 * on a cached head cost no read and are never stale (a pinned version needs the status only); and only if its idempotency key is new or expired. Runs that did not go in are
 * missing from the result, and the caller looks up why with a new snapshot: reading the key in this statement would miss a key that
 * another transaction committed while this one waited for it (reliability §0.7).
 *
 * A run with a concurrency key goes in line; whoever inserts it calls admit_waiting_runs afterwards (docs/adr/0009).
 *
 * Keys are inserted in sorted order, so two groups never wait for each other in a circle. `json_to_recordset` hands each input on as the
 * text it was sent as. Index use: workflows_pkey by nested loop (for the limits see WRITE_PROGRESS), idempotency_keys_pkey as arbiter.
 */
export const INSERT_RUNS: Statement = {
  name: 'insert_runs',
  text: `
with item as (
  select i.* from (select * from (select * from json_to_recordset($1::json) as i (
    organization_id uuid, id uuid, workflow_id uuid, version_id uuid, workflow_version int, pinned boolean, any_status boolean, status text, trigger text,
    priority smallint, input json, output json, error json, connection_id text, api_key_id uuid, request_id text, max_duration_ms bigint,
    queue_ttl_ms bigint, elapsed_ms int, parent_run_id uuid, parent_step_id text, depth smallint, replay_of uuid, concurrency_key text,
    start_at timestamptz, expires_at timestamptz, store text, key text, fingerprint text, last_seq int, events json
  ) limit (select 1000)) few limit (select 1000)) i
  join workflows w on w.organization_id = i.organization_id and w.id = i.workflow_id
  where (i.pinned or w.version_id = i.version_id) and (w.status = 'active' or i.any_status and w.status <> 'archived')
), claimed as (
  insert into idempotency_keys as k (organization_id, workflow_id, key, fingerprint, run_id, expires_at)
  select organization_id, workflow_id, key, decode(fingerprint, 'hex'), id, now() + interval '24 hours'
  from item where key is not null order by organization_id, workflow_id, key
  on conflict (organization_id, workflow_id, key) do update
    set fingerprint = excluded.fingerprint, run_id = excluded.run_id, expires_at = excluded.expires_at
    where k.expires_at <= now()
  returning run_id
), inserted as (
  insert into runs (
    organization_id, id, workflow_id, version_id, workflow_version, status, trigger, priority, input, output, error, connection_id,
    api_key_id, request_id, last_seq, max_duration_ms, parent_run_id, parent_step_id, depth, replay_of, concurrency_key, start_at,
    expires_at, store, created_at, due_at, deadline_at, started_at, completed_at
  )
  select organization_id, id, workflow_id, version_id, workflow_version, status, trigger, priority, input, output, error, connection_id,
    api_key_id, request_id, last_seq, max_duration_ms, parent_run_id, parent_step_id, depth, replay_of, concurrency_key, start_at,
    expires_at, store, now() - elapsed_ms * interval '1 ms',
    case when status = 'queued' then case when concurrency_key is null then greatest(now(), start_at) else 'infinity' end end,
    case when status = 'queued' then least(expires_at, greatest(now(), start_at) + queue_ttl_ms * interval '1 ms') end,
    case when status <> 'queued' then now() - elapsed_ms * interval '1 ms' end,
    case when status <> 'queued' then now() end
  from item where key is null or id in (select run_id from claimed)
  returning organization_id, id, created_at, started_at, completed_at
), logged as (
  insert into run_events (organization_id, run_id, last_seq, events)
  select organization_id, id, last_seq, events from item join inserted using (organization_id, id)
)
select id, created_at, started_at, completed_at from inserted`,
};
