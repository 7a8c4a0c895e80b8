import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Connections1764000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ORGANIZATION_KEYS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table organization_keys');
  }
}

// Few and small: which key wraps a row is read out of the row where that is asked, at start and by the re-wrap command.
const ORGANIZATION_KEYS = `
create table organization_keys (
  organization_id uuid not null,
  id uuid not null,
  wrapped_key text not null,
  created_at timestamptz not null default now(),
  constraint organization_keys_pkey primary key (organization_id, id),
  constraint organization_keys_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade
);
`;
