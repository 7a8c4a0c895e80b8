import type { ArtifactStore } from '#libs/artifacts';
import { type Attachment, MailFailure } from '../../platform/mail/index.js';

/** An attachment as a step has it: content of its own, or an artifact of its run. */
export interface AttachmentParameters {
  filename?: string;
  content?: string;
  encoding?: 'utf8' | 'base64';
  contentType?: string;
  artifact?: string;
}

/** @throws MailFailure INPUT_INVALID naming the attachment */
export async function loadAttachment(
  artifacts: ArtifactStore,
  run: { organizationId: string; runId: string },
  parameters: AttachmentParameters,
  index: number,
): Promise<Attachment> {
  const { artifact: name, content, filename, encoding = 'utf8', contentType } = parameters;
  const invalid = (message: string) => new MailFailure('INPUT_INVALID', `"attachments.${index}" ${message}`);
  if ((name === undefined) === (content === undefined)) throw invalid('needs either "content" or "artifact"');
  if (name !== undefined) {
    const artifact = await artifacts.find(run.organizationId, run.runId, name);
    if (!artifact)
      throw invalid(`names the artifact "${name}", which this run does not have; a step before must save it`);
    return {
      filename: filename ?? artifact.name,
      content: artifact.content,
      contentType: contentType ?? artifact.mediaType,
    };
  }
  if (filename === undefined) throw invalid('needs a "filename"');
  return {
    filename,
    content: decoded(content ?? '', encoding, invalid),
    ...(contentType !== undefined && { contentType }),
  };
}

function decoded(content: string, encoding: 'utf8' | 'base64', invalid: (message: string) => MailFailure): Buffer {
  if (encoding === 'utf8') return Buffer.from(content, 'utf8');
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw invalid('has "content" that is not base64');
  return Buffer.from(content, 'base64');
}
