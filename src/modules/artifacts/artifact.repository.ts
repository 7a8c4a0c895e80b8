import { Injectable } from '@nestjs/common';
import { MOST_ARTIFACTS } from '#libs/artifacts';
import { Database, type Tx } from '../../platform/database/index.js';
import { ArtifactEntity } from './artifact.entity.js';

/** An artifact without its content. */
export type ArtifactRow = Omit<ArtifactEntity, 'content'>;

@Injectable()
export class ArtifactRepository {
  constructor(private readonly database: Database) {}

  /** In the order in which they were saved. */
  listArtifacts(organizationId: string, runId: string): Promise<ArtifactRow[]> {
    return this.database.manager.find(ArtifactEntity, {
      where: { organizationId, runId },
      order: { createdAt: 'ASC', name: 'ASC' },
    });
  }

  /** With its content. */
  findArtifact(organizationId: string, runId: string, name: string): Promise<ArtifactEntity | null> {
    return this.database.manager
      .createQueryBuilder(ArtifactEntity, 'artifact')
      .addSelect('artifact.content')
      .where('artifact.organizationId = :organizationId and artifact.runId = :runId and artifact.name = :name', {
        organizationId,
        runId,
        name,
      })
      .getOne();
  }

  /** Makes the saves of one run wait for one another, so that they can be counted. */
  async lockRun(tx: Tx, runId: string): Promise<void> {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`artifacts ${runId}`]);
  }

  /** Whether payloads of the run may not lie in the database as they are. */
  async isPrivate(organizationId: string, runId: string): Promise<boolean> {
    const rows: { sealed: boolean }[] = await this.database.manager.query(IS_PRIVATE, [organizationId, runId]);
    return rows[0]?.sealed ?? false;
  }

  /** @returns whether it was saved: not when the run has as many as it may, or the name is another step's */
  async saveArtifact(tx: Tx, artifact: Omit<ArtifactEntity, 'createdAt'>): Promise<boolean> {
    const { organizationId, runId, name, stepId, mediaType, size, sha256, content } = artifact;
    const values = [organizationId, runId, name, stepId, mediaType, size, sha256, content, MOST_ARTIFACTS];
    const rows: unknown[] = await tx.query(SAVE, values);
    return rows.length > 0;
  }
}

const IS_PRIVATE = 'select sealed from runs where organization_id = $1 and id = $2';

const SAVE = `
insert into artifacts as known (organization_id, run_id, name, step_id, media_type, size, sha256, content)
select $1, $2, $3, $4, $5, $6, $7, $8
where (select count(*) from artifacts where organization_id = $1 and run_id = $2 and name <> $3) < $9
on conflict (organization_id, run_id, name) do update
  set media_type = excluded.media_type, size = excluded.size, sha256 = excluded.sha256, content = excluded.content
  where known.step_id = excluded.step_id
returning name`;
