import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LARGEST_ARTIFACT, MOST_ARTIFACTS } from '#libs/artifacts';
import { newId } from '#libs/ids';
import { ArtifactEntity } from '../../../src/modules/artifacts/artifact.entity.js';
import { ArtifactRepository } from '../../../src/modules/artifacts/artifact.repository.js';
import { PostgresArtifactStore } from '../../../src/modules/artifacts/postgres-artifact-store.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { aTenant } from '../../factories/tenant.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let store: PostgresArtifactStore;
let step: { organizationId: string; runId: string; stepId: string };

beforeAll(async () => {
  testDatabase = await createDatabase('artifacts');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 5, applicationName: 'test' }, [
    ArtifactEntity,
    RunEntity,
  ]);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  store = new PostgresArtifactStore(database, new ArtifactRepository(database));
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});
beforeEach(async () => {
  const { organizationId } = await aTenant(testDatabase.url);
  step = { organizationId, runId: await aRun(organizationId), stepId: 'download' };
});

async function aRun(organizationId: string, sealed = false): Promise<string> {
  const id = newId();
  await database.pool.query(
    `insert into runs (organization_id, id, workflow_id, version_id, workflow_version, status, trigger, input, last_seq, max_duration_ms, created_at, sealed)
    values ($1, $2, $2, $2, 1, 'running', 'api', '{}', 0, 1000, now(), $3)`,
    [organizationId, id, sealed],
  );
  return id;
}

const pdf = (name: string, content = '%PDF') => ({ name, mediaType: 'application/pdf', content: Buffer.from(content) });
const names = async () =>
  (await new ArtifactRepository(database).listArtifacts(step.organizationId, step.runId)).map(({ name }) => name);

describe('the artifact store', () => {
  it('keeps what a step saves, and what it saves again in its place', async () => {
    expect(await store.save(step, pdf('a.pdf'))).toEqual({ name: 'a.pdf', mediaType: 'application/pdf', size: 4 });
    await store.save(step, pdf('a.pdf', 'other'));
    expect(await store.find(step.organizationId, step.runId, 'a.pdf')).toMatchObject({
      size: 5,
      content: Buffer.from('other'),
    });
    expect(await names()).toEqual(['a.pdf']);
  });

  it('finds nothing of another organization or run', async () => {
    await store.save(step, pdf('a.pdf'));
    const { organizationId } = await aTenant(testDatabase.url);
    expect(await store.find(organizationId, step.runId, 'a.pdf')).toBeNull();
    expect(await store.find(step.organizationId, await aRun(step.organizationId), 'a.pdf')).toBeNull();
  });

  it('refuses the name of another step', async () => {
    await store.save(step, pdf('a.pdf'));
    await expect(store.save({ ...step, stepId: 'other' }, pdf('a.pdf'))).rejects.toThrow(
      'The step "download" has saved',
    );
    expect(await store.find(step.organizationId, step.runId, 'a.pdf')).toMatchObject({ size: 4 });
  });

  it('counts them however many save at once, and lets a step save again when the run is full', async () => {
    const saves = Array.from({ length: MOST_ARTIFACTS + 10 }, (_, index) => store.save(step, pdf(`${index}.pdf`)));
    const refused = (await Promise.allSettled(saves)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({
      reason: { name: 'ArtifactRefused', message: 'A run keeps at most 50 artifacts' },
    });
    const [kept = ''] = await names();
    expect(await store.save(step, pdf(kept, 'again'))).toMatchObject({ size: 5 });
    expect(await names()).toHaveLength(MOST_ARTIFACTS);
  });

  it('refuses what is too large', async () => {
    const content = Buffer.alloc(LARGEST_ARTIFACT + 1);
    await expect(store.save(step, { ...pdf('a.pdf'), content })).rejects.toThrow(`at most ${LARGEST_ARTIFACT} bytes`);
    expect(await store.save(step, { ...pdf('a.pdf'), content: content.subarray(1) })).toMatchObject({
      size: LARGEST_ARTIFACT,
    });
  });

  it('keeps nothing of a run whose payloads are private', async () => {
    const runId = await aRun(step.organizationId, true);
    await expect(store.save({ ...step, runId }, pdf('a.pdf'))).rejects.toThrow('keep no artifacts');
  });

  it('takes a media type that is none for bytes', async () => {
    for (const mediaType of ['', 'text', 'text/html\r\nx: y', `text/${'x'.repeat(300)}`]) {
      expect(await store.save(step, { ...pdf('a'), mediaType })).toMatchObject({
        mediaType: 'application/octet-stream',
      });
    }
  });
});
