import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RunControl1764000000004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(INDEXES);
    await queryRunner.query(RELEASE);
    await queryRunner.query(ADMIT);
    await queryRunner.query(ADMIT_EACH);
    await queryRunner.query(RELEASE_NEXT);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop trigger runs_release_next on runs');
    await queryRunner.query('drop function release_next_run()');
    await queryRunner.query('drop procedure admit_waiting_runs(json)');
    await queryRunner.query('drop function admit_waiting_run(uuid, uuid, text)');
    await queryRunner.query('drop function release_waiting_run(uuid, uuid, text)');
    await queryRunner.query('drop index runs_start_later, runs_in_line, runs_unfinished_by_key, runs_key_holder');
  }
}

// docs/adr/0009: a queued run that waits for its key is due at 'infinity'; any other unfinished run of the key holds it. The unique index is
// what makes "at most one" true, whatever the code does. Runs without a key are in none of the first three.
const INDEXES = `
create unique index runs_key_holder on runs (organization_id, workflow_id, concurrency_key)
  where concurrency_key is not null and status in ('queued', 'running', 'waiting') and due_at <> 'infinity';
create index runs_in_line on runs (organization_id, workflow_id, concurrency_key, priority desc, id)
  where concurrency_key is not null and status = 'queued' and due_at = 'infinity';
create index runs_unfinished_by_key on runs (organization_id, workflow_id, concurrency_key)
  where concurrency_key is not null and status in ('queued', 'running', 'waiting');
create index runs_start_later on runs (start_at) where status = 'queued' and start_at is not null;
`;

// Runs that somebody else has locked, to cancel them say, are passed over, so this never waits and never is part of a deadlock.
const RELEASE = `
create function release_waiting_run(organization uuid, workflow uuid, held_key text) returns void language plpgsql as $$
begin
  update runs set due_at = now() where organization_id = organization and id = (
    select id from runs
    where organization_id = organization and workflow_id = workflow and concurrency_key = held_key and concurrency_key is not null
      and status = 'queued' and due_at = 'infinity' and (start_at is null or start_at <= now())
    order by priority desc, id limit 1 for update skip locked
  );
end $$;
`;

// For whoever has put a run in line. The holder's row is waited for, because its end may be under way and its trigger may not have seen the
// new run; each look is a statement, and so has a new snapshot. Nobody else can become the holder meanwhile: the end of a holder releases
// the next in its own transaction, and everybody else holds the lock of the key.
const ADMIT = `
create function admit_waiting_run(organization uuid, workflow uuid, held_key text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(organization || ' ' || workflow || ' ' || held_key, 0));
  loop
    perform from runs
    where organization_id = organization and workflow_id = workflow and concurrency_key = held_key and concurrency_key is not null
      and status in ('queued', 'running', 'waiting') and due_at <> 'infinity'
    for share;
    if found then return; end if;
    exit when not exists (
      select from runs
      where organization_id = organization and workflow_id = workflow and concurrency_key = held_key and concurrency_key is not null
        and status in ('queued', 'running', 'waiting') and due_at <> 'infinity'
    );
  end loop;
  perform release_waiting_run(organization, workflow, held_key);
end $$;
`;

// One transaction a key: who held the rows of several holders at once could be in a circle with a worker that writes about several runs.
const ADMIT_EACH = `
create procedure admit_waiting_runs(keys json) language plpgsql as $$
declare asked record;
begin
  for asked in select * from json_to_recordset(keys) as k (organization_id uuid, workflow_id uuid, key text) loop
    perform admit_waiting_run(asked.organization_id, asked.workflow_id, asked.key);
    commit;
  end loop;
end $$;
`;

// Whatever ends the holder (its worker, a cancel, the sweep) releases the next in the same transaction. The WHEN clause keeps the function out
// of every other update.
const RELEASE_NEXT = `
create function release_next_run() returns trigger language plpgsql as $$
begin
  perform release_waiting_run(new.organization_id, new.workflow_id, new.concurrency_key);
  return null;
end $$;
create trigger runs_release_next after update of status on runs for each row
when (
  new.concurrency_key is not null
  and new.status in ('completed', 'failed', 'cancelled', 'timed_out')
  and old.status not in ('completed', 'failed', 'cancelled', 'timed_out')
  and old.due_at <> 'infinity'
)
execute function release_next_run();
`;
