import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RunLists1764000000006 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(INDEXES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index runs_unsuccessful, runs_unsuccessful_by_workflow, runs_by_trigger');
  }
}

// What is rare among finished runs, and what most lists that name a status or a trigger look for. A run that is started over the API and
// completes is in none of them, so its insert and its finish cost what they did. The columns behind the id do not order: they let a scan pass
// over entries without visiting the table.
const INDEXES = `
create index runs_unsuccessful on runs (organization_id, status, id, trigger)
  where status in ('failed', 'cancelled', 'timed_out');
create index runs_unsuccessful_by_workflow on runs (workflow_id, status, id, trigger)
  where status in ('failed', 'cancelled', 'timed_out');
create index runs_by_trigger on runs (organization_id, trigger, id, workflow_id) where trigger <> 'api';
`;
