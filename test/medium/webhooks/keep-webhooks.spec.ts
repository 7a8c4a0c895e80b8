import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArmWebhooks } from '../../../src/modules/webhooks/arm/arm-webhooks.js';
import { DeliveryRepository } from '../../../src/modules/webhooks/deliveries/delivery.repository.js';
import { DeliveryRetention } from '../../../src/modules/webhooks/deliveries/delivery-retention.js';
import { WebhookDeliveryEntity } from '../../../src/modules/webhooks/deliveries/webhook-delivery.entity.js';
import { KeepWebhooks } from '../../../src/modules/webhooks/keep-webhooks.js';
import { WebhookEntity } from '../../../src/modules/webhooks/webhook.entity.js';
import { WebhookRepository } from '../../../src/modules/webhooks/webhook.repository.js';
import { WebhookSecrets } from '../../../src/modules/webhooks/webhook-secrets.js';
import { Organizations } from '../../../src/modules/organizations/index.js';
import { ENTITIES } from '../../../src/entities.js';
import { Housekeeping } from '../../../src/modules/runs/index.js';
import { type ObservedWorkflow, WorkflowObservers } from '../../../src/modules/workflows/index.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { Encryption, OrganizationKeyRepository } from '../../../src/platform/encryption/index.js';
import { lowestIdAt } from '#libs/ids';
import { aRunHead } from '../../factories/run.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { ENCRYPTION_KEY } from '../../support/test-bed.js';

const settings = loadSettings({ ENCRYPTION_KEY });

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let keep: KeepWebhooks;

beforeAll(async () => {
  testDatabase = await createDatabase('hooks');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 5, applicationName: 'test' }, ENTITIES);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  const secrets = new WebhookSecrets(new Encryption(settings, new OrganizationKeyRepository(database)));
  keep = new KeepWebhooks(new WorkflowObservers(), new WebhookRepository(database), secrets, new ArmWebhooks(database));
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

async function aWorkflow(): Promise<ObservedWorkflow> {
  const { organizationId, workflowId: id } = await aRunHead(testDatabase.url);
  return { organizationId, id, status: 'draft', trigger: { type: 'api' } };
}

const block = (id: string, webhookId: string, more: object = {}) => ({
  id,
  type: 'webhook',
  config: { webhook_id: webhookId, webhook_secret: `sealed of ${id}`, ...more },
});

const save = (workflow: ObservedWorkflow, ...blocks: object[]) => {
  const definition = { trigger: { type: 'api' }, steps: [], graph: { blocks } } as never;
  return database.transaction((tx) => keep.changed(tx, workflow, { definition, statusChanged: false }));
};

const hooksOf = ({ id }: ObservedWorkflow) =>
  database.manager.find(WebhookEntity, { where: { workflowId: id }, order: { blockId: 'ASC' } });

describe('the webhooks of a graph', () => {
  it('are as its blocks say, through every change', async () => {
    const workflow = await aWorkflow();
    const [a, b] = [randomUUID(), randomUUID()];
    await save(workflow, block('a', a), block('b', b.toUpperCase(), { answer: 'respond' }));
    expect(await hooksOf(workflow)).toMatchObject([
      {
        id: a,
        blockId: 'a',
        origin: 'graph',
        answer: 'result',
        secret: 'sealed of a',
        verification: { scheme: 'bearer' },
      },
      { id: b, blockId: 'b', answer: 'respond' },
    ]);
    await save(workflow, block('renamed', a, { webhook_secret: 'sealed anew' }));
    expect(await hooksOf(workflow)).toMatchObject([{ id: a, blockId: 'renamed', secret: 'sealed anew' }]);
    await database.transaction((tx) => keep.changed(tx, workflow, { definition: null, statusChanged: true }));
    expect(await hooksOf(workflow)).toHaveLength(1);
    await save(workflow);
    expect(await hooksOf(workflow)).toEqual([]);
  });

  it('have an address that nobody else has, in any organization', async () => {
    const [mine, other] = [await aWorkflow(), await aWorkflow()];
    const id = randomUUID();
    await save(mine, block('hook', id));
    for (const blocks of [[block('b1', id)], [block('b0', randomUUID()), block('b1', id.toUpperCase())]]) {
      await expect(save(other, ...blocks)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        message: expect.stringMatching(/Block "b1": webhook_id is used already/),
      });
    }
    expect(await hooksOf(other)).toEqual([]);
    const twins = randomUUID();
    await expect(save(mine, block('b1', twins), block('b2', twins))).rejects.toThrow(
      'Block "b2": webhook_id is used already',
    );
    expect(await hooksOf(mine)).toMatchObject([{ id }]);
  });

  it('taken by two at once is given to one', async () => {
    const id = randomUUID();
    const workflows = await Promise.all(Array.from({ length: 5 }, aWorkflow));
    const done = await Promise.allSettled(workflows.map((workflow) => save(workflow, block('hook', id))));
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('old deliveries', () => {
  it('are removed after the days for which their organization keeps its runs', async () => {
    const [long, short] = [await aWorkflow(), await aWorkflow()];
    await database.pool.query(`update organizations set settings = '{"retentionDays": 2}' where id = $1`, [
      short.organizationId,
    ]);
    const repository = new DeliveryRepository(database);
    const now = new Date();
    const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3600 * 1000);
    for (const workflow of [long, short]) {
      const webhookId = randomUUID();
      await save(workflow, block('hook', webhookId));
      const deliveries = [1, 3, 40].map((days): WebhookDeliveryEntity => ({
        organizationId: workflow.organizationId,
        id: lowestIdAt(daysAgo(days)),
        webhookId,
        receivedAt: daysAgo(days),
        outcome: 'refused',
        reason: 'NOT_ACTIVE',
        status: 403,
        runId: null,
        eventId: null,
        path: '/',
        headers: {},
        body: Buffer.from([0, 255, days]),
        bodySize: 3,
        address: null,
        replayOf: null,
      }));
      await repository.insertAll([
        ...deliveries,
        { ...(deliveries[0] as WebhookDeliveryEntity), webhookId: randomUUID() },
      ]);
    }
    const daysLeft = async ({ organizationId }: ObservedWorkflow) => {
      const left = await database.manager.find(WebhookDeliveryEntity, {
        where: { organizationId },
        order: { id: 'DESC' },
      });
      return left.map(({ body }) => body?.at(2));
    };
    expect(await daysLeft(long)).toEqual([1, 3, 40]);
    const retention = new DeliveryRetention(new Housekeeping(), new Organizations(database), repository, settings);
    await retention.removeOld(now, new AbortController().signal);
    expect([await daysLeft(long), await daysLeft(short)]).toEqual([[1, 3], [1]]);
  });
});
