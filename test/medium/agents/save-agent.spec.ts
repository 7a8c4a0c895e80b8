import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { AgentEntity, AgentReader, SaveAgent } from '../../../src/modules/agents/index.js';
import { AgentRepository } from '../../../src/modules/agents/agent.repository.js';
import { OrganizationEntity } from '../../../src/modules/organizations/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { aTenant } from '../../factories/tenant.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

let testDatabase: TestDatabase;
let dataSource: DataSource;
let saver: SaveAgent;
let reader: AgentReader;
let organizationId: string;

beforeAll(async () => {
  testDatabase = await createDatabase('agents');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 5, applicationName: 'test' }, [
    AgentEntity,
    OrganizationEntity,
  ]);
  dataSource = await new DataSource(options).initialize();
  const database = new Database(dataSource);
  const agents = new AgentRepository(database);
  [saver, reader] = [new SaveAgent(database, agents), new AgentReader(agents)];
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});
beforeEach(async () => {
  ({ organizationId } = await aTenant(testDatabase.url));
});

describe('an agent that is created again under its id', () => {
  it('stays as it is, also when both come at once', async () => {
    const id = newId();
    const names = ['first', 'second', 'third'];
    expect(await Promise.all(names.map((name) => saver.create({ organizationId }, { name }, id)))).toEqual([
      id,
      id,
      id,
    ]);
    const { name } = await reader.getAgent(organizationId, id);
    expect(names).toContain(name);
    await saver.create({ organizationId }, { name: 'fourth' }, id);
    expect(await reader.listFrom(organizationId, { limit: 10, offset: 0 })).toMatchObject({
      agents: [{ name }],
      total: 1,
    });
  });

  it('is another one in another organization', async () => {
    const id = newId();
    const other = (await aTenant(testDatabase.url)).organizationId;
    await saver.create({ organizationId }, { name: 'ours' }, id);
    await saver.create({ organizationId: other }, { name: 'theirs' }, id);
    expect((await reader.getAgent(organizationId, id)).name).toBe('ours');
  });
});
