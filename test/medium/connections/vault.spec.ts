import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionFailure, type OpenConnection } from '#libs/connector-kit';
import { newId } from '#libs/ids';
import { createSafeHttp } from '#libs/safe-http';
import { ENTITIES } from '../../../src/entities.js';
import type { ConnectionEntity } from '../../../src/modules/connections/connection.entity.js';
import { ConnectionRepository } from '../../../src/modules/connections/connection.repository.js';
import { ConnectionSecrets } from '../../../src/modules/connections/connection-secrets.js';
import { AuthorizationRequests } from '../../../src/modules/connections/oauth/authorization-requests.js';
import { CompleteAuthorization } from '../../../src/modules/connections/oauth/complete-authorization.js';
import { OAuthClient, secretField } from '../../../src/modules/connections/oauth/oauth-client.js';
import { OAuthRepository } from '../../../src/modules/connections/oauth/oauth.repository.js';
import { RefreshTokens } from '../../../src/modules/connections/oauth/refresh-tokens.js';
import { OpenConnections } from '../../../src/modules/connections/open-connections.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { Encryption, OrganizationKeyRepository } from '../../../src/platform/encryption/index.js';
import type { OutboundHttp } from '../../../src/platform/outbound/index.js';
import { aTenant } from '../../factories/tenant.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { OAUTH_CLIENT, type OAuthServer, startOAuthServer } from '../../support/oauth-server.js';
import { ENCRYPTION_KEY } from '../../support/test-bed.js';

const PUBLIC_URL = 'http://runhook.test';
const SETTINGS = loadSettings({ ENCRYPTION_KEY, PUBLIC_URL });

/** What one process has of connections, on its own database connections and with its own memory. */
interface Process {
  vault: OpenConnections;
  connections: ConnectionRepository;
  database: Database;
  /** Gives the organization a connection that is authorized at the OAuth server. */
  authorize(organizationId: string): Promise<string>;
  close(): Promise<void>;
}

let testDatabase: TestDatabase;
let oauth: OAuthServer;
let processes: [Process, Process];
let organizationId: string;
let id: string;
beforeAll(async () => {
  testDatabase = await createDatabase('vault');
  oauth = await startOAuthServer(`${PUBLIC_URL}/api/v1/connections/oauth/callback`);
  processes = [await aProcess(), await aProcess()];
});
afterAll(async () => {
  for (const process of processes) await process.close();
  await oauth.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  ({ organizationId } = await aTenant(testDatabase.url));
  id = await processes[0].authorize(organizationId);
  oauth.grants.length = 0;
});

async function aProcess(): Promise<Process> {
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 10, applicationName: 'test' }, ENTITIES);
  const dataSource = await new DataSource(options).initialize();
  const database = new Database(dataSource);
  const http = createSafeHttp({ allow: ['127.0.0.0/8'] });
  const encryption = new Encryption(SETTINGS, new OrganizationKeyRepository(database));
  const client = new OAuthClient(http as OutboundHttp, encryption);
  const connections = new ConnectionRepository(database);
  const secrets = new ConnectionSecrets(encryption);
  const apps = new OAuthRepository(database);
  const vault = new OpenConnections(connections, secrets, new RefreshTokens(connections, secrets, apps, client));
  const requests = new AuthorizationRequests(apps, encryption, client, SETTINGS);
  const completer = new CompleteAuthorization(database, connections, secrets, apps, requests);
  return {
    vault,
    connections,
    database,
    authorize: async (organization) => {
      const app = await anApp(organization, encryption);
      const connection = newId();
      const sent = await database.transaction(async (tx) => {
        await apps.insertApp(tx, app);
        await connections.insert(tx, pending(organization, connection));
        return requests.add(tx, { ...app, createdAt: new Date(), updatedAt: new Date() }, connection, null);
      });
      const back = await oauth.authorize(sent.authUrl);
      expect(await completer.execute(back.searchParams)).toMatchObject({ error: null });
      return connection;
    },
    close: async () => {
      await http.close();
      await dataSource.destroy();
    },
  };
}

async function anApp(organization: string, encryption: Encryption) {
  const appId = newId();
  return {
    organizationId: organization,
    id: appId,
    name: 'crm',
    provider: 'http',
    authorizationUrl: `${oauth.issuer}/auth`,
    tokenUrl: `${oauth.issuer}/token`,
    issuer: null,
    clientId: OAUTH_CLIENT.id,
    clientSecret: await encryption.seal(organization, secretField(appId), OAUTH_CLIENT.secret),
    clientAuthentication: 'client_secret_basic' as const,
    scopes: ['openid', 'offline_access'],
    authorizationParameters: { prompt: 'consent' },
    settings: { baseUrl: 'http://127.0.0.1' },
  };
}

const pending = (organization: string, connection: string) => ({
  organizationId: organization,
  id: connection,
  provider: 'http',
  name: 'crm',
  authType: 'oauth2' as const,
  status: 'pending' as const,
  settings: {},
  credentials: null,
  credentialHints: {},
  oauthApp: 'crm',
  expiresAt: null,
  externalAccountId: null,
  error: null,
});

const choice = () => ({ organizationId, provider: 'http', named: null, chosen: id });
const overdue = () => processes[0].database.pool.query('update connections set expires_at = now() where id = $1', [id]);
const sealed = async (): Promise<ConnectionEntity> => {
  const connection = await processes[1].connections.findSealed(organizationId, id);
  if (!connection) throw new Error('the connection is gone');
  return connection;
};
const tokenOf = (connection: OpenConnection) => connection.credentials['accessToken'];

/** What all of these opened, by both processes in turn. */
const fiftyTimes = <T>(work: (process: Process) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 50 }, (_, index) => work(processes[index % 2 === 0 ? 0 : 1])));

describe('an access token that is about to end', () => {
  it('is renewed once, however many steps of two processes need it at once', async () => {
    const before = await processes[0].vault.open(choice());
    await overdue();
    const opened = await fiftyTimes(({ vault }) => vault.open(choice()));
    expect(oauth.grants).toEqual(['refresh_token']);
    const tokens = new Set(opened.map(tokenOf));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(tokenOf(before));
    expect(await sealed()).toMatchObject({ status: 'active', refreshingUntil: null, error: null });
    // The rotated refresh token was kept: the next renewal works too.
    await overdue();
    expect(tokenOf(await processes[1].vault.open(choice()))).not.toBe([...tokens][0]);
    expect(oauth.grants).toEqual(['refresh_token', 'refresh_token']);
  });

  it('never leaves the vault with its refresh token', async () => {
    const { credentials, ...rest } = await processes[0].vault.open(choice());
    expect(Object.keys(credentials)).toEqual(['accessToken']);
    expect(JSON.stringify(rest)).not.toMatch(/token/i);
  });

  it('is renewed by another process when the one that began has died', async () => {
    await overdue();
    const stale = await sealed();
    expect(await processes[0].connections.claimRefresh(stale, 300)).toBe(true);
    expect(await processes[1].connections.claimRefresh(stale, 300)).toBe(false);
    expect(tokenOf(await processes[1].vault.open(choice()))).toEqual(expect.any(String));
    expect(oauth.grants).toEqual(['refresh_token']);
  });

  it('stays as it is while the token endpoint is down, which may be tried again', async () => {
    await overdue();
    oauth.breakTokens(503);
    const failures = await fiftyTimes(({ vault }) => vault.open(choice()).catch((error: unknown) => error));
    oauth.breakTokens(null);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(ConnectionFailure);
      expect(failure).toMatchObject({ retryable: true });
    }
    expect(await sealed()).toMatchObject({ status: 'active', refreshingUntil: null });
    expect(tokenOf(await processes[0].vault.open(choice()))).toEqual(expect.any(String));
  });

  it('is not renewed for a connection that was switched off meanwhile, nor does it switch that on', async () => {
    await overdue();
    const stale = await sealed();
    await processes[0].connections.claimRefresh(stale, 60_000);
    await processes[0].database.transaction((tx) =>
      processes[0].connections.update(tx, organizationId, id, { status: 'disconnected' }),
    );
    await processes[0].connections.endRefresh(stale, { ...stale, expiresAt: new Date() });
    expect((await sealed()).status).toBe('disconnected');
    await expect(processes[1].vault.open(choice())).rejects.toThrow('disconnected');
    expect(oauth.grants).toEqual([]);
  });
});

describe('a refused access token', () => {
  it('is renewed once for all who were refused with it', async () => {
    const used = await processes[0].vault.open(choice());
    const renewed = await fiftyTimes(({ vault }) => vault.renew(organizationId, used));
    expect(oauth.grants).toEqual(['refresh_token']);
    expect(new Set(renewed.map(tokenOf)).size).toBe(1);
    expect(tokenOf(renewed[0] as OpenConnection)).not.toBe(tokenOf(used));
    expect(tokenOf(await processes[1].vault.renew(organizationId, used))).toBe(tokenOf(renewed[0] as OpenConnection));
    expect(oauth.grants).toEqual(['refresh_token']);
  });

  it('of an authorization that was withdrawn expires the connection for everybody', async () => {
    const used = await processes[0].vault.open(choice());
    await oauth.revokeAll();
    const failures = await fiftyTimes(({ vault }) =>
      vault.renew(organizationId, used).catch((error: unknown) => error),
    );
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(ConnectionFailure);
      expect(failure).toMatchObject({ retryable: false });
    }
    expect(await sealed()).toMatchObject({
      status: 'expired',
      error: expect.stringContaining('authorize it again') as string,
    });
  });
});

describe('another organization', () => {
  it('opens nothing by the same id', async () => {
    const stranger = await aTenant(testDatabase.url);
    const opening = processes[0].vault.open({ ...choice(), organizationId: stranger.organizationId });
    await expect(opening).rejects.toThrow('does not exist');
    const used = await processes[0].vault.open(choice());
    await expect(processes[0].vault.renew(stranger.organizationId, used)).rejects.toThrow(ConnectionFailure);
  });
});
