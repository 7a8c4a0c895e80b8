/** Bytes of one artifact. */
export const LARGEST_ARTIFACT = 10 * 1024 * 1024;
/** Artifacts of one run. */
export const MOST_ARTIFACTS = 50;

/** What is known of an artifact without its content. */
export interface ArtifactHead {
  /** Unique within the run; 1 to 255 characters. */
  name: string;
  /** `application/pdf`. */
  mediaType: string;
  /** In bytes. */
  size: number;
}

export interface Artifact extends ArtifactHead {
  content: Buffer;
}

/** Why an artifact is not kept; the message is for the run's owner and names the fix. Trying again is no use. */
export class ArtifactRefused extends Error {
  override readonly name = 'ArtifactRefused';
}

/** Where artifacts are kept, for as long as their run. */
export abstract class ArtifactStore {
  /**
   * Keeps an artifact of a step. The same step may save the same name again, since it may be tried again.
   * @throws ArtifactRefused: bad name, too large, too many, or the name is another step's
   */
  abstract save(
    step: { organizationId: string; runId: string; stepId: string },
    artifact: Omit<Artifact, 'size'>,
  ): Promise<ArtifactHead>;
  abstract find(organizationId: string, runId: string, name: string): Promise<Artifact | null>;
}
