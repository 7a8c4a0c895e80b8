import type { Request } from 'express';

/** A request as the edge hands it on. */
export interface EdgeRequest extends Request {
  /** As sent in `x-request-id`, or made here; stands in the answer's header, in errors and in the log. */
  requestId: string;
  /** The body's bytes after decompression, for signatures. Absent without a body. */
  rawBody?: Buffer;
}
