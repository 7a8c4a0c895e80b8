import type { BlockOutcome } from '#libs/block-kit';
import { type ArtifactHead, ArtifactRefused, type ArtifactStore } from '#libs/artifacts';
import type { SafeHttpResponse } from '#libs/safe-http';
import { isSuccess, keptHeaders, type ReadOptions, readResponse } from './read-response.js';

/** How an answer is taken, and by which step. */
export interface AnswerOptions extends ReadOptions {
  /** Name of the artifact to keep the body as, instead of putting it out; null: none. */
  saveAs: string | null;
  organizationId: string;
  runId: string;
  stepId: string;
}

/** What an answer means for the step. A body that is kept as an artifact is neither parsed nor decoded. */
export async function takeAnswer(
  response: SafeHttpResponse,
  artifacts: ArtifactStore,
  options: AnswerOptions,
): Promise<BlockOutcome> {
  const { saveAs } = options;
  if (saveAs === null || !isSuccess(response)) return readResponse(response, options);
  const { status, headers, body } = response;
  try {
    const mediaType = headers['content-type'] ?? 'application/octet-stream';
    const artifact: ArtifactHead = await artifacts.save(options, { name: saveAs, mediaType, content: body });
    return { kind: 'done', output: { status, headers: keptHeaders(headers), artifact: { ...artifact } } };
  } catch (error) {
    if (!(error instanceof ArtifactRefused)) throw error;
    return { kind: 'failed', error: { code: 'ARTIFACT_REFUSED', message: error.message }, retryable: false };
  }
}
