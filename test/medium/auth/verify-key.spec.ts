import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateApiKey, parseId } from '#libs/ids';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';
import { type KeyRoom, openKeyRoom } from './key-room.js';

let testDatabase: TestDatabase;
let room: KeyRoom;
let otherProcess: KeyRoom;
beforeAll(async () => {
  testDatabase = await createDatabase('auth');
  [room, otherProcess] = [await openKeyRoom(testDatabase.url), await openKeyRoom(testDatabase.url)];
});
afterAll(async () => {
  await room.close();
  await otherProcess.close();
  await testDatabase.drop();
});

const sql = (text: string, values: unknown[]) => room.database.pool.query<Record<string, unknown>>(text, values);
const UNAUTHORIZED = { code: 'UNAUTHORIZED', message: 'Invalid or missing API key' };

describe('a key', () => {
  it('names its organization, user, scopes and limits', async () => {
    const settings = { concurrency: 3, rateLimits: { execute: 50, write: 20 } };
    const owner = await room.anOrganization({ plan: 'free', settings });
    const { id, key } = await room.aKey(owner, { scopes: ['runs:read'], rateLimits: { execute: 5 } });
    expect(await room.verify(key)).toEqual({
      ...owner,
      keyId: parseId('key', id),
      plan: 'free',
      scopes: ['runs:read'],
      limits: { execute: 5, write: 20 },
      organization: { concurrency: 3 },
      style: 'bearer',
    });
  });

  it('may be one that the operator has chosen, unless it is mistyped', async () => {
    const owner = await room.anOrganization();
    const key = generateApiKey();
    await room.aKey(owner, { key });
    expect(await room.verify(key)).toMatchObject(owner);
    await expect(room.aKey(owner, { key: `capi_${'a'.repeat(36)}` })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });

  it('is refused in one and the same way when unknown, malformed, expired, revoked or of a disabled user', async () => {
    const owner = await room.anOrganization();
    const [expired, revoked] = [await room.aKey(owner), await room.aKey(owner)];
    await sql("update api_keys set expires_at = now() - interval '1 ms' where id = $1", [parseId('key', expired.id)]);
    await room.keys.revoke(owner.organizationId, revoked.id);
    const gone = await room.anOrganization();
    const disabled = await room.aKey(gone);
    await sql('update users set disabled_at = now() where id = $1', [gone.userId]);
    for (const key of [expired.key, revoked.key, disabled.key, generateApiKey(), `${expired.key.slice(0, -1)}!`, '']) {
      await expect(room.verify(key)).rejects.toMatchObject(UNAUTHORIZED);
    }
  });

  it('is found among others asked for at the same time, known and unknown', async () => {
    const owners = [await room.anOrganization(), await room.anOrganization()];
    const keys = await Promise.all(owners.map((owner) => room.aKey(owner)));
    const asked = Array.from({ length: 300 }, (_, index) => keys[index % 3]?.key ?? generateApiKey());
    const answers = await Promise.allSettled(asked.map((key, index) => room.verify(key, `192.0.2.${index % 200}`)));
    const told = answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value.organizationId : (answer.reason as { code: string }).code,
    );
    expect(told).toEqual(asked.map((_, index) => owners[index % 3]?.organizationId ?? 'UNAUTHORIZED'));
  });

  it('is refused by every process from the moment its revocation is answered', async () => {
    const owner = await room.anOrganization();
    const { id, key } = await room.aKey(owner);
    let answered = false;
    let late = 0;
    const use = async (process: KeyRoom) => {
      for (let i = 0; i < 250; i++) {
        const after = answered;
        await process.verify(key, `192.0.2.${i}`).then(
          () => (late += after ? 1 : 0),
          () => undefined,
        );
      }
    };
    const users = [room, otherProcess, room, otherProcess].map(use);
    await room.verify(key);
    await otherProcess.keys.revoke(owner.organizationId, id);
    answered = true;
    await Promise.all(users);
    expect(late).toBe(0);
    await expect(room.verify(key)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it('records its last use, but not each one', async () => {
    const { organizationId, userId } = await room.anOrganization();
    const { id, key } = await room.aKey({ organizationId, userId });
    expect((await room.keys.get(organizationId, id)).lastUsedAt).toBeNull();
    await room.verify(key);
    const first = await until(async () => (await room.keys.get(organizationId, id)).lastUsedAt);
    await room.verify(key);
    await otherProcess.verify(key);
    await until(async () => (await room.keys.get(organizationId, id)).lastUsedAt !== first);
    const { rows } = await sql('select xmin from api_keys where id = $1', [parseId('key', id)]);
    await room.verify(key);
    await room.verify(key);
    expect((await sql('select xmin from api_keys where id = $1', [parseId('key', id)])).rows).toEqual(rows);
  });
});

describe('an address that sends bad keys', () => {
  it('is answered 429 after twenty in a minute, while a good key from it still works', async () => {
    const { key } = await room.aKey(await room.anOrganization());
    const address = '198.51.100.7';
    for (let i = 0; i < 20; i++)
      await expect(room.verify(generateApiKey(), address)).rejects.toMatchObject(UNAUTHORIZED);
    const refused = await room.verify('nonsense', address).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', kind: 'rate_limited' });
    expect((refused as { retryAfter: number }).retryAfter).toBeGreaterThan(50);
    await expect(room.verify(key, address)).resolves.toMatchObject({ style: 'bearer' });
    await expect(room.verify('nonsense', '198.51.100.8')).rejects.toMatchObject(UNAUTHORIZED);
  });
});
