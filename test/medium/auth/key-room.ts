import { loadSettings } from '../../../src/platform/config/index.js';
import type { Caller, NewKey, Scope } from '../../../src/modules/auth/index.js';
import { AuthFailures } from '../../../src/modules/auth/auth-failures.js';
import { KeyVerifier } from '../../../src/modules/auth/key-verifier.js';
import { ApiKeyRepository } from '../../../src/modules/auth/keys/api-key.repository.js';
import { ApiKeys } from '../../../src/modules/auth/keys/api-keys.js';
import { CreateApiKey } from '../../../src/modules/auth/keys/create-api-key.js';
import { LastUsed } from '../../../src/modules/auth/last-used.js';
import { type NewOrganization, Organizations, type Owner } from '../../../src/modules/organizations/index.js';
import { type Connected, connect } from './connect.js';

export const EVERYTHING: Scope[] = ['keys:read', 'keys:write', 'runs:read', 'workflows:execute', 'org:admin'];

/** The auth room of one process, put together by hand on its own connections. */
export interface KeyRoom extends Connected {
  keys: ApiKeys;
  create: CreateApiKey;
  organizations: Organizations;
  /** Who a key belongs to. */
  verify(key: string, address?: string): Promise<Caller>;
  anOrganization(wanted?: Partial<NewOrganization>): Promise<Owner>;
  aKey(owner: Owner, wanted?: Partial<NewKey>): Promise<{ id: string; key: string }>;
}

export async function openKeyRoom(url: string): Promise<KeyRoom> {
  const connected = await connect(url);
  const { database } = connected;
  const repository = new ApiKeyRepository(database);
  const keys = new ApiKeys(database, repository);
  const organizations = new Organizations(database);
  const lastUsed = new LastUsed(repository);
  const verifier = new KeyVerifier(repository, new AuthFailures(loadSettings({})), lastUsed);
  return {
    database,
    close: async () => {
      await lastUsed.beforeApplicationShutdown();
      await connected.close();
    },
    keys,
    create: new CreateApiKey(database, keys, repository),
    organizations,
    verify: (key, address = '192.0.2.1') => verifier.verify({ key, style: 'bearer', address }),
    anOrganization: (wanted) =>
      database.transaction((tx) => organizations.create(tx, { name: 'Acme', owner: { name: 'Ann' }, ...wanted })),
    aKey: (owner, wanted) =>
      database.transaction((tx) => keys.issue(tx, { ...owner, name: 'test', scopes: EVERYTHING, ...wanted })),
  };
}
