import { isUtf8 } from 'node:buffer';
import type { NextFunction, Request } from 'express';
import { type Json, JsonGuardError, parseGuarded } from '#libs/json-guard';
import { badRequest, DomainError } from '../errors/index.js';
import { bodyKind, type BodyKind } from './content-type.js';
import { decoderOf, decompress, tooLarge } from './decompress.js';
import type { EdgeRequest } from './edge-request.js';
import { isNativePath } from './response-style.js';

export interface BodyReaderOptions {
  /** Largest body in bytes, before and after decompression. */
  maxBytes: number;
  /**
   * Path prefixes where a body that is not JSON is no error: `body` stays undefined, `rawBody` has the bytes. For routes that
   * outside systems call with whatever they have.
   */
  anyBodyUnder?: readonly string[];
}

/** Bytes that are read and thrown away after a refused body, so that its sender gets to read the answer before the connection ends. */
const DISCARDED = 16 * 1024 * 1024;

/**
 * Reads JSON bodies into `body` and `rawBody`. An empty body needs no content type and leaves both undefined.
 * Refusals go to the error filter: 400 malformed, 413 too large, 415 not JSON. A client that leaves in the middle is no error.
 */
export function bodyReader({ maxBytes, anyBodyUnder = [] }: BodyReaderOptions) {
  return (request: Request, next: NextFunction): void => {
    if (!hasBody(request)) return next();
    const read = anyBodyUnder.some((prefix) => request.originalUrl.startsWith(prefix)) ? readAnyBody : readJson;
    const take: Received = (refusal, bytes) => {
      if (refusal || bytes.length === 0) return next(refusal ?? undefined);
      try {
        read(request as EdgeRequest, bytes);
      } catch (error) {
        return next(error);
      }
      return next();
    };
    receive(request, maxBytes, (refusal, bytes) => {
      if (refusal || bytes.length === 0) return take(refusal, bytes);
      const decoder = decoderOf(request.headers['content-encoding']);
      if (decoder instanceof DomainError) take(decoder, bytes);
      else if (decoder) decompress(decoder, bytes, maxBytes, take);
      else take(null, bytes);
    });
  };
}

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

function hasBody({ method, headers }: Request): boolean {
  if (!METHODS.has(method)) return false;
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

type Received = (refusal: DomainError | null, bytes: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/** Collects the body. `done` is called once, or never when the client leaves first: nobody is there to be answered. */
function receive(request: Request, limit: number, done: Received): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let refused = false;
  let answered = false;
  const answer = (): void => {
    if (!answered) done(tooLarge(limit), NOTHING);
    answered = true;
  };
  const refuse = (): void => {
    refused = true;
    chunks.length = 0;
    if (!endsConnection(request)) answer();
  };
  if (Number(request.headers['content-length']) > limit) refuse();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (!refused && size > limit) refuse();
    if (!refused) chunks.push(chunk);
    else if (size > limit + DISCARDED) {
      if (answered) request.socket.destroy();
      answer();
    }
  });
  request.on('end', () => {
    if (refused) answer();
    else done(null, chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks, size));
  });
  // An aborted upload ends here: without a listener its error would end the process, and it is none of ours to report.
  request.on('error', () => undefined);
}

/**
 * Whether the connection ends with the answer. It must then not be answered while it still sends: closing on unread bytes resets the
 * connection, and the answer is lost on the way.
 */
const endsConnection = ({ res }: Request): boolean => !res?.shouldKeepAlive || res.getHeader('Connection') === 'close';

function readJson(request: EdgeRequest, bytes: Buffer): void {
  const kind = bodyKind(request.headers['content-type'], isNativePath(request.originalUrl));
  request.rawBody = bytes;
  request.body = parseBody(bytes, kind);
}

function readAnyBody(request: EdgeRequest, bytes: Buffer): void {
  request.rawBody = bytes;
  try {
    request.body = parseGuarded(textOf(bytes));
  } catch (error) {
    if (error instanceof JsonGuardError && error.reason !== 'SYNTAX') throw refusalOf(error);
  }
}

function parseBody(bytes: Buffer, kind: BodyKind): Json {
  let value: Json;
  try {
    value = parseGuarded(textOf(bytes));
  } catch (error) {
    throw error instanceof JsonGuardError ? refusalOf(error) : error;
  }
  if (kind === 'form' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    throw badRequest('A body without Content-Type: application/json must be a JSON object');
  }
  return value;
}

/** UTF-8 or nothing: decoding would replace bad bytes silently. */
function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw badRequest('The body is not valid UTF-8');
  return bytes.toString('utf8');
}

function refusalOf({ pointer, position, message, reason }: JsonGuardError): DomainError {
  return badRequest(
    reason === 'SYNTAX' ? `The body is not well-formed JSON (character ${position})` : 'The JSON body is refused',
    {
      details: [{ path: segmentsOf(pointer), message }],
    },
  );
}

/** The guard's pointer as path segments. A digits-only segment is most likely an index. */
function segmentsOf(pointer: string): (string | number)[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : text.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}
