import type { ArtifactStore } from '#libs/artifacts';
import type { BlockOutcome } from '#libs/block-kit';
import type { OpenConnection, Operation, OperationCall, Refused } from '#libs/connector-kit';
import { exchange, masked, type ResolvedRequest, takeAnswer, toRequest } from '#libs/http-exchange';
import type { Json, JsonObject } from '#libs/json-guard';
import { type SafeHttp, SafeHttpError, type SafeHttpRequest } from '#libs/safe-http';
import { authHeaders } from './http-auth.js';
import { targetUrl } from './target-url.js';

interface RequestParameters {
  method: string;
  path?: string;
  url?: string;
  query?: Json;
  headers?: Json;
  body?: Json;
  responseType: 'auto' | 'json' | 'text';
  failOnStatus: boolean;
  saveAs?: string;
}

const TABLE = { type: ['object', 'array'] };

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    method: {
      enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      default: 'GET',
      description: 'HTTP method.',
    },
    path: {
      type: 'string',
      description: "Path below the connection's `baseUrl`; may have a query.",
      examples: ['/orders/7'],
    },
    url: { type: 'string', description: "Absolute address in place of `path`, at the connection's own origin." },
    query: { ...TABLE, description: 'Query parameters by name, or rows of {key, value}; null leaves one out.' },
    headers: {
      ...TABLE,
      description: 'Headers by name, or rows of {key, value}; not those that carry the credentials.',
    },
    body: { description: 'Body: text as it is, anything else as JSON.' },
    responseType: {
      enum: ['auto', 'json', 'text'],
      default: 'auto',
      description: '`auto` parses what calls itself JSON.',
    },
    failOnStatus: { type: 'boolean', default: true, description: 'Whether an answer outside 2xx fails the step.' },
    saveAs: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'Keeps the body as an artifact of this name, up to 10 MiB.',
    },
  },
};

const OUTPUT = {
  type: 'object',
  required: ['status', 'headers'],
  properties: {
    status: { type: 'integer', description: 'HTTP status.' },
    headers: { type: 'object', description: 'Headers of the answer, names in lower case.' },
    body: { description: 'The answer, parsed or as text; absent with `saveAs`.' },
    artifact: {
      type: 'object',
      description: 'With `saveAs`: what was kept.',
      properties: { name: { type: 'string' }, mediaType: { type: 'string' }, size: { type: 'integer' } },
    },
  },
};

export const requestOperation = (http: SafeHttp, artifacts: ArtifactStore): Operation => ({
  name: 'request',
  description: "Sends an HTTP request to the connection's API, with its credentials.",
  parameters: PARAMETERS,
  output: OUTPUT,
  example: { method: 'POST', path: '/orders', body: { amount: 9900 } },
  shown: (parameters) => shown(parameters),
  run: (call) => run(http, artifacts, call),
});

function shown(parameters: JsonObject): JsonObject {
  const { method = 'GET', url, path, query, headers, body, ...rest } = parameters;
  const request = {
    method: typeof method === 'string' ? method : '',
    url: url ?? path ?? '',
    params: query ?? null,
    headers: headers ?? null,
    body: body ?? null,
  };
  return { ...rest, ...(masked(request) as JsonObject) };
}

async function run(http: SafeHttp, artifacts: ArtifactStore, call: OperationCall): Promise<BlockOutcome | Refused> {
  const { connection, signal, now, organizationId, runId, stepId } = call;
  if (!connection) return { kind: 'refused', message: 'an HTTP request needs a connection' };
  const { responseType, failOnStatus, saveAs = null, ...parameters } = call.parameters as unknown as RequestParameters;
  return exchange<BlockOutcome | Refused>(
    http,
    () => ({ ...signed(connection, parameters, call.idempotencyKey), signal, ...(saveAs !== null && LARGE) }),
    (response) => {
      if (response.status === 401) return { kind: 'refused', message: 'the server answered 401' };
      return takeAnswer(response, artifacts, {
        responseType,
        failOnStatus,
        saveAs,
        now: now(),
        organizationId,
        runId,
        stepId,
      });
    },
  );
}

/** What may be kept as an artifact. */
const LARGE = { maxResponseBytes: 10 * 1024 * 1024 };

/** @throws SafeHttpError for a request that would go elsewhere, or that has credentials of its own */
function signed(
  connection: OpenConnection,
  { method, path, url, query, headers, body }: Omit<RequestParameters, 'responseType' | 'failOnStatus'>,
  idempotencyKey: string,
): SafeHttpRequest {
  const resolved: ResolvedRequest = {
    method,
    url: targetUrl(connection, path, url),
    params: query ?? null,
    headers: headers ?? null,
    body: body ?? null,
  };
  const request = toRequest(resolved, idempotencyKey);
  const auth = authHeaders(connection);
  const twice = Object.keys(auth).find((name) => request.headers?.[name] !== undefined);
  if (twice !== undefined) {
    throw new SafeHttpError(
      'INVALID_HEADER',
      `The header "${twice}" is set by the connection; leave it out of headers.`,
    );
  }
  return { ...request, headers: { ...request.headers, ...auth }, credentialHeaders: Object.keys(auth) };
}
