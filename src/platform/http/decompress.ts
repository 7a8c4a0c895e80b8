import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { badRequest, type DomainError, payloadTooLarge, unsupportedMediaType } from '../errors/index.js';
import { quoted } from './content-type.js';

type Decoder = (bytes: Buffer, options: ZlibOptions, done: (error: Error | null, plain: Buffer) => void) => void;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
]);

/** The decoder of a content encoding, null for none, or the refusal of an unknown one. */
export function decoderOf(encoding: string | undefined): Decoder | DomainError | null {
  if (encoding === undefined) return null;
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  return (
    DECODERS.get(name) ??
    unsupportedMediaType(`Unsupported content encoding ${quoted(name)}: use gzip, deflate, br or none`)
  );
}

/** Decompresses on the thread pool and stops at `limit` bytes, so that a small body cannot become a large one. */
export function decompress(
  decoder: Decoder,
  bytes: Buffer,
  limit: number,
  done: (refusal: DomainError | null, plain: Buffer) => void,
): void {
  decoder(bytes, { maxOutputLength: limit }, (cause, plain) => {
    if (!cause) done(null, plain);
    else if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') done(tooLarge(limit), plain);
    else done(badRequest('The body is not what its Content-Encoding says', { cause }), plain);
  });
}

/** The error for a body beyond the limit. */
export const tooLarge = (limit: number) => payloadTooLarge(`The request body is larger than ${limit} bytes`);
