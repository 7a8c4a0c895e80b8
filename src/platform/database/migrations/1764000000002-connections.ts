import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Connections1764000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ORGANIZATION_KEYS);
    await queryRunner.query(CONNECTIONS);
    await queryRunner.query(OAUTH);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table oauth_authorizations, oauth_apps, connections, organization_keys');
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

// Half-filled pages: last_used_at changes once a minute and no index names it, so the new row version stays on its page (HOT).
const CONNECTIONS = `
create table connections (
  organization_id uuid not null,
  id uuid not null,
  provider text not null,
  name text not null,
  auth_type text not null,
  status text not null,
  settings jsonb not null,
  credentials text,
  credential_hints jsonb not null,
  oauth_app text,
  expires_at timestamptz,
  refreshing_until timestamptz,
  external_account_id text,
  error text,
  last_used_at timestamptz,
  last_tested_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint connections_pkey primary key (organization_id, id),
  constraint connections_name_key unique (organization_id, provider, name),
  constraint connections_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint connections_auth_type_check check (auth_type in ('credentials', 'oauth2')),
  constraint connections_status_check check (status in ('active', 'pending', 'error', 'expired', 'disconnected'))
) with (fillfactor = 50);
`;

const OAUTH = `
create table oauth_apps (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  provider text not null,
  authorization_url text not null,
  token_url text not null,
  issuer text,
  client_id text not null,
  client_secret text,
  client_authentication text not null,
  scopes text[] not null,
  authorization_parameters jsonb not null,
  settings jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint oauth_apps_pkey primary key (organization_id, id),
  constraint oauth_apps_name_key unique (organization_id, name),
  constraint oauth_apps_organization_fkey foreign key (organization_id) references organizations (id) on delete cascade,
  constraint oauth_apps_client_authentication_check
    check (client_authentication in ('client_secret_basic', 'client_secret_post', 'none'))
);

create table oauth_authorizations (
  state_hash bytea not null,
  organization_id uuid not null,
  connection_id uuid not null,
  app text not null,
  redirect_uri text not null,
  redirect_url text,
  code_verifier text not null,
  expires_at timestamptz not null,
  constraint oauth_authorizations_pkey primary key (state_hash),
  constraint oauth_authorizations_connection_fkey foreign key (organization_id, connection_id)
    references connections (organization_id, id) on delete cascade
);
create index oauth_authorizations_by_connection on oauth_authorizations (organization_id, connection_id);
`;
