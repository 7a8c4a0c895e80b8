import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WorkflowsAndRuns1763800000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(WORKFLOWS);
    await queryRunner.query(RUNS);
    await queryRunner.query(FINALITY);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table idempotency_keys, run_events, runs, workflow_versions, workflows cascade');
    await queryRunner.query('drop function refuse_reopening()');
  }
}

const WORKFLOWS = `
create table workflows (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  description text,
  status text not null,
  version integer not null,
  version_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint workflows_pkey primary key (organization_id, id),
  constraint workflows_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint workflows_status_check check (status in ('draft', 'active', 'paused', 'archived'))
);
create table workflow_versions (
  organization_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version integer not null,
  definition json not null,
  change_summary text,
  created_by uuid,
  created_at timestamptz not null default now(),
  constraint workflow_versions_pkey primary key (organization_id, id),
  constraint workflow_versions_workflow_fkey foreign key (organization_id, workflow_id)
    references workflows (organization_id, id) on delete cascade
);
create unique index workflow_versions_number_key on workflow_versions (organization_id, workflow_id, version);
`;

// No foreign key from runs to workflows: every insert would share-lock the same workflow row. The insert joins the workflow instead.
const RUNS = `
create table runs (
  organization_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version_id uuid not null,
  workflow_version integer not null,
  status text not null,
  trigger text not null,
  priority smallint not null default 0,
  input json not null,
  output json,
  error json,
  connection_id text,
  api_key_id uuid,
  request_id text,
  attempt integer not null default 1,
  crashes integer not null default 0,
  last_seq integer not null,
  attempt_token uuid,
  due_at timestamptz,
  deadline_at timestamptz,
  max_duration_ms bigint not null,
  cancel_requested_at timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  constraint runs_pkey primary key (organization_id, id),
  constraint runs_status_check check (status in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'timed_out')),
  constraint runs_trigger_check check (trigger in ('api', 'test'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index runs_by_workflow on runs (workflow_id, id);
create index runs_queued on runs (organization_id, priority desc, due_at) where status = 'queued';
create index runs_in_hand on runs (organization_id, status, due_at) where status in ('running', 'waiting');
create index runs_deadline on runs (deadline_at) where status in ('queued', 'running', 'waiting');
create index runs_cancelling on runs (cancel_requested_at) where status = 'running' and cancel_requested_at is not null;

create table run_events (
  organization_id uuid not null,
  run_id uuid not null,
  last_seq integer not null,
  events json not null,
  constraint run_events_pkey primary key (organization_id, run_id, last_seq),
  constraint run_events_run_fkey foreign key (organization_id, run_id) references runs (organization_id, id) on delete cascade
);

create table idempotency_keys (
  organization_id uuid not null,
  workflow_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  run_id uuid not null,
  expires_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (organization_id, workflow_id, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
`;

// The WHEN clause keeps the function out of every ordinary update.
const FINALITY = `
create function refuse_reopening() returns trigger language plpgsql as $$
begin
  raise exception 'run % is % and cannot become %', old.id, old.status, new.status using errcode = 'check_violation';
end $$;
create trigger runs_finality before update of status on runs for each row
when (
  old.status in ('completed', 'failed', 'cancelled', 'timed_out')
  and not (old.status in ('failed', 'timed_out') and new.status = 'queued' and new.attempt = old.attempt + 1)
)
execute function refuse_reopening();
`;
