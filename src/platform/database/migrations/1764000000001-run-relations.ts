import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RunRelations1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
    await queryRunner.query(SIGNALS);
    await queryRunner.query(WAKE_PARENT);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop trigger runs_wake_parent on runs');
    await queryRunner.query('drop function wake_parent_run()');
    await queryRunner.query('drop table run_signals');
    await queryRunner.query(`
      alter table runs drop constraint runs_trigger_check, drop column signals, drop column parent_run_id, drop column parent_step_id,
        drop column depth, drop column replay_of, drop column concurrency_key, drop column start_at, drop column expires_at, drop column store,
        add constraint runs_trigger_check check (trigger in ('api', 'test'))`);
  }
}

// Constant defaults: PostgreSQL adds such columns without rewriting the table.
const COLUMNS = `
alter table runs
  add column signals integer not null default 0,
  add column parent_run_id uuid,
  add column parent_step_id text,
  add column depth smallint not null default 0,
  add column replay_of uuid,
  add column concurrency_key text,
  add column start_at timestamptz,
  add column expires_at timestamptz,
  add column store text not null default 'full',
  drop constraint runs_trigger_check,
  add constraint runs_trigger_check check (trigger in ('api', 'test', 'schedule', 'webhook')),
  add constraint runs_store_check check (store in ('full', 'metadata', 'none'));
create index runs_by_parent on runs (organization_id, parent_run_id, parent_step_id) where parent_run_id is not null;
`;

// What was sent to a parked step. A step takes one signal: the key refuses a second.
const SIGNALS = `
create table run_signals (
  organization_id uuid not null,
  run_id uuid not null,
  step_id text not null,
  payload json not null,
  created_at timestamptz not null default now(),
  constraint run_signals_pkey primary key (organization_id, run_id, step_id),
  constraint run_signals_run_fkey foreign key (organization_id, run_id) references runs (organization_id, id) on delete cascade
);
`;

// Whatever ends a run that another one waits for (its worker, a cancel, the sweep) wakes that one in the same transaction. The WHEN clause
// keeps the function out of every other update.
const WAKE_PARENT = `
create function wake_parent_run() returns trigger language plpgsql as $$
begin
  update runs set signals = signals + 1, due_at = case when status = 'waiting' then now() else due_at end
  where organization_id = new.organization_id and id = new.parent_run_id and status in ('running', 'waiting');
  return null;
end $$;
create trigger runs_wake_parent after update of status on runs for each row
when (
  new.parent_run_id is not null
  and new.status in ('completed', 'failed', 'cancelled', 'timed_out')
  and old.status not in ('completed', 'failed', 'cancelled', 'timed_out')
)
execute function wake_parent_run();
`;
