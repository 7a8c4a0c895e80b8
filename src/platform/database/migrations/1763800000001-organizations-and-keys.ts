import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrganizationsAndKeys1763800000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ORGANIZATIONS);
    await queryRunner.query(API_KEYS);
    await queryRunner.query(RATE_WINDOWS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table rate_windows, api_keys, memberships, users, organizations cascade');
  }
}

const ORGANIZATIONS = `
create table organizations (
  id uuid not null,
  name text not null,
  plan text not null default 'pro',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint organizations_pkey primary key (id),
  constraint organizations_plan_check check (plan in ('free', 'pro')),
  constraint organizations_settings_check check (jsonb_typeof(settings) = 'object')
);

create table users (
  id uuid not null,
  name text not null,
  email text,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_email_key unique (email)
);

create table memberships (
  organization_id uuid not null,
  user_id uuid not null,
  role text not null,
  constraint memberships_pkey primary key (organization_id, user_id),
  constraint memberships_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint memberships_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint memberships_role_check check (role in ('owner', 'admin', 'member', 'viewer'))
);
create index memberships_by_user on memberships (user_id);
`;

// Half-filled pages: last_used_at changes once a minute and no index names it, so the new row version stays on its page (HOT).
const API_KEYS = `
create table api_keys (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  name text not null,
  hash bytea not null,
  prefix text not null,
  last4 text not null,
  scopes text[] not null,
  workflow_ids uuid[],
  rate_limits jsonb,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  constraint api_keys_pkey primary key (organization_id, id),
  constraint api_keys_hash_key unique (hash),
  constraint api_keys_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint api_keys_membership_fkey foreign key (organization_id, user_id)
    references memberships (organization_id, user_id) on delete cascade,
  constraint api_keys_hash_check check (octet_length(hash) = 32),
  constraint api_keys_scopes_check check (cardinality(scopes) > 0)
) with (fillfactor = 50);
create index api_keys_by_user on api_keys (organization_id, user_id);
`;

// Unlogged: a crash of the database forgets the last minute's counts, which costs nobody anything. No entity: only the rate limiter's
// statement reads it.
const RATE_WINDOWS = `
create unlogged table rate_windows (
  key text not null,
  newest bigint not null,
  counts integer[] not null,
  quota integer not null,
  granted integer not null,
  constraint rate_windows_pkey primary key (key)
) with (fillfactor = 50);
`;
