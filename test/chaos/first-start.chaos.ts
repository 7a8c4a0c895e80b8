import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { ApiClient } from '../support/api.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { type ServerProcess, startServer } from '../support/server.js';

let database: TestDatabase;
let servers: ServerProcess[] = [];
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database.drop();
});

const PRINTED_KEY = /API key\s+(capi_\w+)/;

describe('four API processes that start together on an empty database', () => {
  it('set it up once, and all of them serve', async () => {
    const start = (): Promise<ServerProcess> =>
      startServer({ databaseUrl: database.url, role: 'api', env: { HOST: '127.0.0.1' } });
    servers = await Promise.all([start(), start(), start(), start()]);
    const keys = servers.flatMap((server) => PRINTED_KEY.exec(server.output())?.[1] ?? []);
    expect(keys).toHaveLength(1);
    for (const { url } of servers) {
      const { status, body } = await new ApiClient(url, keys[0] ?? '').get<{ data: { name: string }[] }>(
        '/api/v1/workflows',
      );
      expect([status, body.data.map(({ name }) => name)]).toEqual([200, ['Order total']]);
    }
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(`select (select count(*) from app.organizations)::int as organizations,
      (select count(*) from app.users)::int as users, (select count(*) from app.api_keys)::int as keys`);
    await client.end();
    expect(rows).toEqual([{ organizations: 1, users: 1, keys: 1 }]);
  });
});
