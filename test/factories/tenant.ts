import { Client } from 'pg';
import { generateApiKey, hashApiKey, newId } from '#libs/ids';
import { SCOPES, type Scope } from '../../src/modules/auth/scopes.js';
import type { OrganizationSettings } from '../../src/modules/organizations/index.js';

/** What {@link aTenant} may be given. */
export interface TenantOptions {
  /** Default: none of its own. */
  settings?: OrganizationSettings;
  /** Of its key. Default: all. */
  scopes?: readonly Scope[];
}

/** An organization of its own with its owner and one API key. Tests isolate by it. */
export interface Tenant {
  /** Bare UUID, like the other ids here. */
  organizationId: string;
  userId: string;
  keyId: string;
  /** In clear text. */
  key: string;
}

/** Writes a tenant into a migrated database. */
export async function aTenant(
  databaseUrl: string,
  { settings = {}, scopes = SCOPES }: TenantOptions = {},
): Promise<Tenant> {
  const tenant = { organizationId: newId(), userId: newId(), keyId: newId(), key: generateApiKey() };
  const { organizationId, userId, keyId, key } = tenant;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('insert into app.organizations (id, name, settings) values ($1, $2, $3)', [
      organizationId,
      'Acme',
      settings,
    ]);
    await client.query('insert into app.users (id, name) values ($1, $2)', [userId, 'Ann']);
    await client.query(`insert into app.memberships (organization_id, user_id, role) values ($1, $2, 'owner')`, [
      organizationId,
      userId,
    ]);
    await client.query(
      `insert into app.api_keys (organization_id, id, user_id, name, hash, prefix, last4, scopes) values ($1, $2, $3, 'test', $4, $5, $6, $7)`,
      [organizationId, keyId, userId, hashApiKey(key), key.slice(0, 12), key.slice(-4), scopes],
    );
    await client.query('commit');
  } finally {
    await client.end();
  }
  return tenant;
}
