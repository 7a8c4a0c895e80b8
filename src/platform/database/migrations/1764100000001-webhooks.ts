import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Webhooks1764100000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(WEBHOOKS);
    await queryRunner.query(ARMS);
    await queryRunner.query(DELIVERIES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['webhook_deliveries', 'webhook_arms', 'webhooks'])
      await queryRunner.query(`drop table ${table}`);
  }
}

// The id is the address, so it is unique on the server and not only within its organization.
const WEBHOOKS = `
create table webhooks (
  id uuid not null,
  organization_id uuid not null,
  workflow_id uuid not null,
  block_id text,
  origin text not null,
  name text,
  verification json not null,
  secret text not null,
  previous_secret text,
  previous_secret_until timestamptz,
  answer text not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint webhooks_pkey primary key (id),
  constraint webhooks_workflow_fkey foreign key (organization_id, workflow_id)
    references workflows (organization_id, id) on delete cascade,
  constraint webhooks_origin_check check (origin in ('api', 'trigger', 'graph')),
  constraint webhooks_answer_check check (answer in ('accept', 'respond', 'result'))
);
create index webhooks_by_workflow on webhooks (organization_id, workflow_id);
`;

const ARMS = `
create table webhook_arms (
  organization_id uuid not null,
  workflow_id uuid not null,
  armed_until timestamptz not null,
  constraint webhook_arms_pkey primary key (organization_id, workflow_id),
  constraint webhook_arms_workflow_fkey foreign key (organization_id, workflow_id)
    references workflows (organization_id, id) on delete cascade
);
`;

// Retention reads the primary key, whose ids are in the order of time; a webhook's list reads its own index, and so does its removal. Rows are
// written once and then removed, so that a fifth of a large table would be dead before the default vacuums it.
const DELIVERIES = `
create table webhook_deliveries (
  organization_id uuid not null,
  id uuid not null,
  webhook_id uuid not null,
  received_at timestamptz not null,
  outcome text not null,
  reason text,
  status integer not null,
  run_id uuid,
  event_id text,
  path text not null,
  headers json not null,
  body bytea,
  body_size integer not null,
  address text,
  replay_of uuid,
  constraint webhook_deliveries_pkey primary key (organization_id, id),
  constraint webhook_deliveries_webhook_fkey foreign key (webhook_id) references webhooks (id) on delete cascade,
  constraint webhook_deliveries_outcome_check check (outcome in ('accepted', 'duplicate', 'refused'))
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, id);
`;
