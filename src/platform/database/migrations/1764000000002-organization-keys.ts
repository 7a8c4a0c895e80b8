import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrganizationKeys1764000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(KEYS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table organization_keys');
  }
}

// One data key an organization: two processes that make one at the same time agree on the first. No entity: only the encryption reads it.
const KEYS = `
create table organization_keys (
  organization_id uuid not null,
  id text not null,
  wrapped text not null,
  created_at timestamptz not null default now(),
  constraint organization_keys_pkey primary key (organization_id),
  constraint organization_keys_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade
);
`;
