import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TemplatesAndArtifacts1764000000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TEMPLATES);
    await queryRunner.query(ARTIFACTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table artifacts, email_templates');
  }
}

const TEMPLATES = `
create table email_templates (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  description text,
  subject text not null,
  html text,
  text text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint email_templates_pkey primary key (organization_id, id),
  constraint email_templates_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint email_templates_body_check check (html is not null or text is not null)
);
create unique index email_templates_name_key on email_templates (organization_id, name);
`;

// Content is compressed already, more often than not: stored out of line as it is, it is not compressed again.
const ARTIFACTS = `
create table artifacts (
  organization_id uuid not null,
  run_id uuid not null,
  name text not null,
  step_id text not null,
  media_type text not null,
  size integer not null,
  sha256 bytea not null,
  content bytea not null,
  created_at timestamptz not null default now(),
  constraint artifacts_pkey primary key (organization_id, run_id, name),
  constraint artifacts_run_fkey foreign key (organization_id, run_id) references runs (organization_id, id) on delete cascade
);
alter table artifacts alter column content set storage external;
`;
