import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatId, newId, parseId } from '#libs/ids';
import { createDatabase, type TestDatabase } from '../../support/database.js';
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

const NOT_FOUND = { code: 'NOT_FOUND', message: 'API key not found' };

async function aCaller(wanted: Parameters<KeyRoom['aKey']>[1] = {}) {
  const owner = await room.anOrganization();
  return room.verify((await room.aKey(owner, wanted)).key);
}

async function aWorkflow(organizationId: string): Promise<string> {
  const id = newId();
  const columns = '(organization_id, id, name, status, version, version_id)';
  await room.database.pool.query(`insert into workflows ${columns} values ($1, $2, 'test', 'draft', 1, $3)`, [
    organizationId,
    id,
    newId(),
  ]);
  return id;
}

describe('creating keys', () => {
  it('stops at ten active ones, however many come at once and at whichever process', async () => {
    const caller = await aCaller();
    for (let i = 1; i < 9; i++) await room.create.execute(caller, { name: `key ${i}` });
    const attempts = Array.from({ length: 50 }, (_, index) =>
      (index % 2 ? room : otherProcess).create.execute(caller, { name: `attempt ${index}` }),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refusals).toEqual(Array(49).fill(expect.objectContaining({ code: 'KEY_LIMIT_REACHED', kind: 'invalid' })));
    const { data } = await room.keys.list(caller.organizationId, { limit: 100 });
    expect(data.filter(({ status }) => status === 'active')).toHaveLength(10);
  });

  it('counts neither revoked nor expired keys', async () => {
    const caller = await aCaller();
    const made = [];
    for (let i = 1; i < 10; i++) made.push(await room.create.execute(caller, { name: `key ${i}` }));
    await expect(room.create.execute(caller, { name: 'one more' })).rejects.toMatchObject({
      code: 'KEY_LIMIT_REACHED',
    });
    await room.keys.revoke(caller.organizationId, made[0]?.id ?? '');
    await room.create.execute(caller, { name: 'one more' });
    const expired = parseId('key', made[1]?.id ?? '');
    await room.database.pool.query("update api_keys set expires_at = now() - interval '1 s' where id = $1", [expired]);
    await expect(room.create.execute(caller, { name: 'and another' })).resolves.toMatchObject({ status: 'active' });
  });

  it('gives the key once, and a key that works', async () => {
    const caller = await aCaller();
    const { key, ...printed } = await room.create.execute(caller, {
      name: 'CI',
      expiresAt: '2999-01-01T00:00:00+02:00',
    });
    expect(printed).toMatchObject({
      name: 'CI',
      prefix: key.slice(0, 12),
      last4: key.slice(-4),
      scopes: ['workflows:execute', 'runs:read'],
      workflowIds: null,
      expiresAt: '2998-12-31T22:00:00.000Z',
      status: 'active',
    });
    expect(await room.keys.get(caller.organizationId, printed.id)).toEqual(printed);
    expect(await room.verify(key)).toMatchObject({ userId: caller.userId, scopes: ['workflows:execute', 'runs:read'] });
  });

  it('refuses an expiry in the past, or one that is no time', async () => {
    const caller = await aCaller();
    for (const expiresAt of ['2020-01-01T00:00:00Z', '2026-W01-1']) {
      await expect(room.create.execute(caller, { name: 'CI', expiresAt })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ path: ['expiresAt'] }],
      });
    }
  });

  it('needs the plan pro', async () => {
    const caller = { ...(await aCaller()), plan: 'free' };
    await expect(room.create.execute(caller, { name: 'CI' })).rejects.toMatchObject({ code: 'PLAN_REQUIRED' });
  });

  it("binds a key only to the organization's own workflows", async () => {
    const [caller, stranger] = [await aCaller(), await aCaller()];
    const [mine, theirs] = [await aWorkflow(caller.organizationId), await aWorkflow(stranger.organizationId)];
    const { key, workflowIds } = await room.create.execute(caller, { name: 'CI', workflowIds: [mine] });
    expect(workflowIds).toEqual([formatId('wf', mine)]);
    expect(await room.verify(key)).toMatchObject({ workflowIds: [mine] });
    for (const id of [theirs, newId()]) {
      await expect(room.create.execute(caller, { name: 'CI', workflowIds: [mine, id] })).rejects.toMatchObject({
        details: [{ path: ['workflowIds', 1], message: 'Workflow not found' }],
      });
    }
  });
});

describe('keys', () => {
  it('are listed newest first, page by page, never with the key', async () => {
    const caller = await aCaller();
    const made = [];
    for (let i = 1; i < 5; i++) made.unshift((await room.create.execute(caller, { name: `key ${i}` })).id);
    const first = await room.keys.list(caller.organizationId, { limit: 3 });
    expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 3));
    expect(first.hasMore).toBe(true);
    const second = await room.keys.list(caller.organizationId, { limit: 3, cursor: first.cursor ?? '' });
    expect(second.data.map(({ id }) => id)).toEqual([made[3], formatId('key', caller.keyId)]);
    expect(second).toMatchObject({ hasMore: false, cursor: null });
    expect(JSON.stringify([first, second])).not.toMatch(/"(key|hash)"/);
  });

  it('are revoked once: again changes nothing', async () => {
    const caller = await aCaller();
    const { id } = await room.create.execute(caller, { name: 'CI' });
    const revoked = await room.keys.revoke(caller.organizationId, id);
    expect(revoked.status).toBe('revoked');
    expect(await room.keys.revoke(caller.organizationId, id)).toEqual(revoked);
  });

  it('of another organization do not exist, like ids that are none', async () => {
    const [caller, stranger] = [await aCaller(), await aCaller()];
    for (const id of [stranger.keyId, formatId('key', stranger.keyId), newId(), 'nonsense']) {
      await expect(room.keys.get(caller.organizationId, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(room.keys.revoke(caller.organizationId, id)).rejects.toMatchObject(NOT_FOUND);
    }
    expect(await room.keys.get(stranger.organizationId, stranger.keyId)).toMatchObject({ status: 'active' });
  });
});

describe('the first organization', () => {
  it('is made once, however many processes start on an empty database', async () => {
    const empty = await createDatabase('first');
    const rooms = [await openKeyRoom(empty.url), await openKeyRoom(empty.url), await openKeyRoom(empty.url)];
    expect(await rooms[0]?.organizations.exists()).toBe(false);
    const first = { name: 'Acme', owner: { name: 'Administrator' } };
    const made = await Promise.all(
      rooms.map(({ database, organizations }) => database.transaction((tx) => organizations.createFirst(tx, first))),
    );
    expect(made.filter((owner) => owner !== null)).toHaveLength(1);
    expect(await rooms[1]?.organizations.exists()).toBe(true);
    for (const room of rooms) await room.close();
    await empty.drop();
  });
});
