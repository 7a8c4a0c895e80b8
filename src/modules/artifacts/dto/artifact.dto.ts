import type { ArtifactRow } from '../artifact.repository.js';

/** A file that a step of a run left behind. */
export class ArtifactDto {
  /**
   * Unique within the run.
   * @example invoice.pdf
   */
  name: string;

  /**
   * Media type.
   * @example application/pdf
   */
  mediaType: string;

  /**
   * In bytes.
   * @example 48213
   */
  size: number;

  /**
   * SHA-256 of the content, in hexadecimal.
   * @example 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
   */
  sha256: string;

  /**
   * The step that saved it.
   * @example download-invoice
   */
  stepId: string;

  /**
   * When it was saved first (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;
}

export const toArtifactDto = ({ name, mediaType, size, sha256, stepId, createdAt }: ArtifactRow): ArtifactDto => ({
  name,
  mediaType,
  size,
  sha256: sha256.toString('hex'),
  stepId,
  createdAt: createdAt.toISOString(),
});
