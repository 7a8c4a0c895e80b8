import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SchedulesAndRetention1764000000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TRIGGERS);
    await queryRunner.query(SCHEDULES);
    await queryRunner.query(SEALED);
    await queryRunner.query(VACUUM);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table schedules');
    await queryRunner.query('alter table workflows drop column trigger');
    await queryRunner.query('alter table runs drop column sealed');
    for (const table of ['run_events', 'run_signals', 'idempotency_keys']) {
      await queryRunner.query(
        `alter table ${table} reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)`,
      );
    }
  }
}

// Every workflow so far has the trigger api: no other could be saved.
const TRIGGERS = `alter table workflows add column trigger json not null default '{"type":"api"}'`;

// Half-filled pages: the columns that each run changes are in no index but the small partial one.
const SCHEDULES = `
create table schedules (
  organization_id uuid not null,
  workflow_id uuid not null,
  definition json not null,
  anchor_at timestamptz not null,
  next_run_at timestamptz,
  last_run_at timestamptz,
  last_run_id uuid,
  last_error json,
  runs_started integer not null default 0,
  constraint schedules_pkey primary key (organization_id, workflow_id),
  constraint schedules_workflow_fkey foreign key (organization_id, workflow_id)
    references workflows (organization_id, id) on delete cascade
) with (fillfactor = 50);
create index schedules_due on schedules (next_run_at) where next_run_at is not null;
`;

// A constant default: PostgreSQL adds the column without rewriting the table. The index holds only runs that are over and still to be
// erased or unfinished, of workflows that ask for it.
const SEALED = `
alter table runs add column sealed boolean not null default false;
create index runs_sealed on runs (completed_at) where sealed;
`;

// What retention removes is reused before the tables grow: the default waits until a fifth of a table is dead.
const VACUUM = `
alter table run_events set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
alter table run_signals set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
alter table idempotency_keys set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
`;
