import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type Artifact,
  type ArtifactHead,
  ArtifactRefused,
  ArtifactStore,
  LARGEST_ARTIFACT,
  MOST_ARTIFACTS,
} from '#libs/artifacts';
import { Database } from '../../platform/database/index.js';
import { ArtifactRepository } from './artifact.repository.js';

/** What a file may be called, here and on whatever it is downloaded to. */
const NAME = /^(?!\.{1,2}$)[^\p{Cc}\p{Surrogate}/\\]{1,255}$/u;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:;[ -~]*)?$/;
const LONGEST_MEDIA_TYPE = 200;

@Injectable()
export class PostgresArtifactStore extends ArtifactStore {
  constructor(
    private readonly database: Database,
    private readonly artifacts: ArtifactRepository,
  ) {
    super();
  }

  override async save(
    { organizationId, runId, stepId }: { organizationId: string; runId: string; stepId: string },
    { name, mediaType, content }: Omit<Artifact, 'size'>,
  ): Promise<ArtifactHead> {
    if (!NAME.test(name)) {
      throw new ArtifactRefused(
        'The name of an artifact is 1 to 255 characters without "/", "\\" and control characters',
      );
    }
    const size = content.length;
    if (size > LARGEST_ARTIFACT) {
      throw new ArtifactRefused(`An artifact has at most ${LARGEST_ARTIFACT} bytes; "${name}" has ${size}`);
    }
    if (await this.artifacts.isPrivate(organizationId, runId)) {
      throw new ArtifactRefused('Runs of a workflow with "settings.store" or "settings.redact" keep no artifacts');
    }
    const head = { name, mediaType: knownType(mediaType), size };
    const sha256 = createHash('sha256').update(content).digest();
    const saved = await this.database.transaction(async (tx) => {
      await this.artifacts.lockRun(tx, runId);
      return this.artifacts.saveArtifact(tx, { organizationId, runId, stepId, ...head, sha256, content });
    });
    if (!saved) throw await this.refusal(organizationId, runId, name);
    return head;
  }

  override async find(organizationId: string, runId: string, name: string): Promise<Artifact | null> {
    return this.artifacts.findArtifact(organizationId, runId, name);
  }

  private async refusal(organizationId: string, runId: string, name: string): Promise<ArtifactRefused> {
    const all = await this.artifacts.listArtifacts(organizationId, runId);
    const known = all.find((artifact) => artifact.name === name);
    return new ArtifactRefused(
      known
        ? `The step "${known.stepId}" has saved an artifact "${name}" already; choose another name`
        : `A run keeps at most ${MOST_ARTIFACTS} artifacts`,
    );
  }
}

const knownType = (mediaType: string): string =>
  mediaType.length <= LONGEST_MEDIA_TYPE && MEDIA_TYPE.test(mediaType) ? mediaType : 'application/octet-stream';
