import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { generateKey, type Key } from '#libs/sealing';
import { ENTITIES } from '../../../src/entities.js';
import { InvalidSettings, loadSettings } from '../../../src/platform/config/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import {
  DecryptionFailed,
  Encryption,
  OrganizationKeyRepository,
  rewrapKeys,
} from '../../../src/platform/encryption/index.js';
import { DomainError } from '../../../src/platform/errors/index.js';
import { aTenant } from '../../factories/tenant.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const FIELD = 'connections.credentials:1';
const [old, fresh] = [generateKey('old'), generateKey('fresh')];

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let keys: OrganizationKeyRepository;
beforeAll(async () => {
  testDatabase = await createDatabase('encryption');
  dataSource = await connect(testDatabase.url);
  database = new Database(dataSource);
  keys = new OrganizationKeyRepository(database);
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

const connect = (url: string): Promise<DataSource> =>
  new DataSource(dataSourceOptions({ url, poolSize: 10, applicationName: 'test' }, ENTITIES)).initialize();

const keyring = (...list: Key[]): string => list.map(({ id, bytes }) => `${id}:${bytes.toString('base64')}`).join(',');

/** A process with these keys, which remembers nothing of others. */
const aProcess = (...list: Key[]): Encryption =>
  new Encryption(loadSettings(list.length > 0 ? { ENCRYPTION_KEY: keyring(...list) } : {}), keys);

const anOrganization = async (): Promise<string> => (await aTenant(testDatabase.url)).organizationId;

/** `split_part` of what wraps the keys of the organization. */
async function wrappedBy(organizationId: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ wrapped_key: string }>(
    'select wrapped_key from organization_keys where organization_id = $1 order by id',
    [organizationId],
  );
  return rows.map((row) => row.wrapped_key.split('.')[1] ?? '');
}

describe('a secret of an organization', () => {
  it('is opened by any process that has the key', async () => {
    const organization = await anOrganization();
    const sealed = await aProcess(old).seal(organization, FIELD, 'a secret ✓');
    expect(sealed).not.toContain('a secret');
    expect(await aProcess(old).open(organization, FIELD, sealed)).toBe('a secret ✓');
    expect(await aProcess(fresh, old).open(organization, FIELD, sealed)).toBe('a secret ✓');
  });

  it('does not open as another field, for another organization, or changed', async () => {
    const [mine, other] = [await anOrganization(), await anOrganization()];
    const encryption = aProcess(old);
    const sealed = await encryption.seal(mine, FIELD, 'a secret');
    await encryption.seal(other, FIELD, 'theirs');
    const flipped = sealed.replace(/.(?=[^.]*$)/, (char) => (char === 'A' ? 'B' : 'A'));
    const attempts = [
      () => encryption.open(mine, 'connections.credentials:2', sealed),
      () => encryption.open(other, FIELD, sealed),
      () => encryption.open(mine, FIELD, flipped),
      () => encryption.open(mine, FIELD, 'no sealed text'),
      () => encryption.open(mine, FIELD, sealed.replace(/^v1\.[^.]*/, 'v1.nonsense')),
    ];
    for (const attempt of attempts) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DecryptionFailed);
      expect((error as Error).message).not.toMatch(/a secret|theirs/);
    }
  });

  it('does not open when its data key was moved to another organization', async () => {
    const [mine, other] = [await anOrganization(), await anOrganization()];
    const sealed = await aProcess(old).seal(mine, FIELD, 'a secret');
    await database.pool.query('update organization_keys set organization_id = $2 where organization_id = $1', [
      mine,
      other,
    ]);
    await expect(aProcess(old).open(other, FIELD, sealed)).rejects.toThrow(DecryptionFailed);
    await database.pool.query('delete from organization_keys where organization_id = $1', [other]);
  });

  it('is sealed with one data key, however many processes begin at once', async () => {
    const organization = await anOrganization();
    const processes = Array.from({ length: 5 }, () => aProcess(old));
    const sealed = await Promise.all(
      processes.flatMap((process) => [1, 2, 3].map(() => process.seal(organization, FIELD, 'a secret'))),
    );
    expect(await wrappedBy(organization)).toEqual(['old']);
    for (const one of sealed) expect(await aProcess(old).open(organization, FIELD, one)).toBe('a secret');
  });
});

describe('a process', () => {
  const starting = async (process: Encryption): Promise<unknown> =>
    process.onModuleInit().catch((thrown: unknown) => thrown);

  it('without a key starts while nothing is encrypted, and says what is missing when asked for secrets', async () => {
    const unused = await createDatabase('unencrypted');
    const empty = await connect(unused.url);
    const process = new Encryption(loadSettings({}), new OrganizationKeyRepository(new Database(empty)));
    expect(await starting(process)).toBeUndefined();
    await empty.destroy();
    await unused.drop();
    for (const ask of [() => process.seal(newId(), FIELD, 'x'), () => process.open(newId(), FIELD, 'x')]) {
      const error = await Promise.resolve()
        .then(ask)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DomainError);
      expect(error).toMatchObject({ code: 'ENCRYPTION_NOT_CONFIGURED', kind: 'unavailable' });
      expect((error as Error).message).toContain('ENCRYPTION_KEY');
    }
  });

  it('does not start without a key that is in use, nor with another of the same id', async () => {
    await aProcess(old).seal(await anOrganization(), FIELD, 'a secret');
    expect(await starting(aProcess(old))).toBeUndefined();
    expect(await starting(aProcess(fresh, old))).toBeUndefined();
    for (const process of [aProcess(fresh), aProcess()]) {
      const error = await starting(process);
      expect(error).toBeInstanceOf(InvalidSettings);
      expect((error as Error).message).toContain('the key "old" is missing');
    }
    const error = await starting(aProcess(generateKey('old')));
    expect((error as Error).message).toContain('the key "old" is not the one');
  });
});

describe('wrapping the keys anew', () => {
  it('leaves secrets readable by running processes, and makes the old key unnecessary', async () => {
    const organizations = Array.from({ length: 230 }, () => newId());
    await database.pool.query(
      `insert into organizations (id, name) select id, 'Acme' from unnest($1::uuid[]) as o (id)`,
      [organizations],
    );
    const running = aProcess(old, fresh);
    const sealed = await Promise.all(organizations.map((id) => running.seal(id, FIELD, `secret of ${id}`)));
    const steps: number[] = [];
    const rewrapping = rewrapKeys(keys, keyring(fresh, old), (done) => steps.push(done));
    // Under load: reads and new secrets meanwhile.
    const late = await anOrganization();
    await running.seal(late, FIELD, 'late');
    expect(await running.open(organizations[0] ?? '', FIELD, sealed[0] ?? '')).toContain('secret of');
    await rewrapping;
    expect(steps.length).toBeGreaterThan(2);
    await rewrapKeys(keys, keyring(fresh, old));
    expect(await rewrapKeys(keys, keyring(fresh))).toBe(0);
    const rotated = aProcess(fresh);
    await rotated.onModuleInit();
    for (const [index, id] of organizations.entries()) {
      expect(await rotated.open(id, FIELD, sealed[index] ?? '')).toBe(`secret of ${id}`);
      expect(await running.open(id, FIELD, sealed[index] ?? '')).toBe(`secret of ${id}`);
    }
  });

  it('stops before it changes anything that it cannot open, and goes on when it can', async () => {
    const organization = await anOrganization();
    await aProcess(old).seal(organization, FIELD, 'a secret');
    await expect(rewrapKeys(keys, keyring(fresh))).rejects.toThrow('the key "old", which ENCRYPTION_KEY lacks');
    expect(await wrappedBy(organization)).toEqual(['old']);
    expect(await rewrapKeys(keys, keyring(fresh, old))).toBeGreaterThan(0);
    expect(await wrappedBy(organization)).toEqual(['fresh']);
  });
});
