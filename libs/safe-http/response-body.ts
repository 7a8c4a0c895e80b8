import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { SafeHttpError } from './safe-http-error.js';

/** How much of a body to keep. */
export interface BodyLimit {
  /** Bytes after decompression. */
  maxBytes: number;
  /** What a longer body means: an error, or the first `maxBytes` of it. */
  overflow: 'error' | 'truncate';
}

/**
 * Reads a body whole, decompressed. Never holds more than the limit and one chunk, however well the body is packed:
 * the decoder is pulled, and stops with the reader. The caller destroys `body` afterwards.
 *
 * @param encoding The `Content-Encoding` field.
 * @throws SafeHttpError `RESPONSE_TOO_LARGE`, or `PROTOCOL_ERROR` for an encoding that is not gzip, deflate or br; the
 * signal's reason; errors of the stream and of zlib as they are.
 */
export async function readBody(
  body: Readable,
  encoding: string,
  { maxBytes, overflow }: BodyLimit,
  signal: AbortSignal,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await decoded(body, encoding)) {
    signal.throwIfAborted();
    const room = maxBytes - size;
    if (chunk.length > room) {
      if (overflow === 'error') throw tooLarge(maxBytes);
      return { body: Buffer.concat([...chunks, chunk.subarray(0, room)]), truncated: true };
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

async function decoded(body: Readable, encoding: string): Promise<AsyncIterable<Buffer>> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const first = await firstByte(body);
  // An answer to HEAD, a 204 or a 304 names an encoding but has no body, which no decoder accepts.
  if (first === undefined) return body;
  const decoder = decoderFor(name, first);
  if (decoder === undefined) {
    throw new SafeHttpError(
      'PROTOCOL_ERROR',
      'The response has a Content-Encoding other than gzip, deflate or br. Ask for another with Accept-Encoding.',
      { retryable: false },
    );
  }
  return pipeline(body, decoder, () => {});
}

function decoderFor(encoding: string, firstByte: number): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // RFC 9110 §8.4.1.2 means the zlib format, whose first byte ends in 8; some servers send bare DEFLATE.
      return (firstByte & 0x0f) === 0x08 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

/** Looks at the first byte and puts its chunk back. */
async function firstByte(body: Readable): Promise<number | undefined> {
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    body.unshift(chunk);
    return chunk[0];
  }
  return undefined;
}

function tooLarge(maxBytes: number): SafeHttpError {
  return new SafeHttpError('RESPONSE_TOO_LARGE', `The response body is over ${maxBytes} bytes (maxResponseBytes).`);
}
