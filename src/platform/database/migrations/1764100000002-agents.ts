import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Agents1764100000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(AGENTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table agents');
  }
}

const AGENTS = `
create table agents (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  description text,
  model text,
  instructions text,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint agents_pkey primary key (organization_id, id),
  constraint agents_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint agents_settings_check check (jsonb_typeof(settings) = 'object')
);
`;
