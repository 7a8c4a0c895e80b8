import { Inject, Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { ArtifactStore, LARGEST_ARTIFACT } from '#libs/artifacts';
import { exchange, masked, type ResolvedRequest, takeAnswer, toHeaders, toPairs, toRequest } from '#libs/http-exchange';
import { DEFAULT_RETRY } from '#libs/retry';
import { checkHeaders, type SafeHttp, SafeHttpError } from '#libs/safe-http';
import type { Scope } from '#libs/templates';
import { OutboundHttp } from '../../platform/outbound/index.js';
import { givenMembers } from '../given-members.js';
import { GeneralApiConfigDto } from './general-api.config.dto.js';

const LARGEST_TABLE = 100;

@Injectable()
export class GeneralApiBlock implements BlockType {
  readonly type = 'general_api';
  readonly aliases = ['api_call', 'http'];
  readonly description = 'Calls an HTTP API.';
  readonly effect = 'external';
  readonly config = GeneralApiConfigDto;
  readonly retry = { ...DEFAULT_RETRY, maxAttempts: 3 };
  readonly graph: GraphForm = { toConfig, toData };
  readonly examples = [
    { config: { url: 'https://api.example.com/rates', params: { currency: '{{input.currency}}', days: [1, 2] } } },
    {
      config: {
        url: 'https://api.example.com/orders/{{input.orderId}}',
        method: 'POST',
        headers: [{ key: 'authorization', value: 'Bearer {{variables.token}}' }],
        body: { amount: '{{input.amount}}' },
      },
    },
  ];

  constructor(
    @Inject(OutboundHttp) private readonly http: SafeHttp,
    private readonly artifacts: ArtifactStore,
  ) {}

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { url, method, maxResponseBytes, responseType, failOnStatus } = config as unknown as GeneralApiConfigDto;
    this.checkUrl(url, context);
    checkStaticHeaders(config['headers'] ?? null, context);
    checkTable(config['params'] ?? null, context, 'params');
    const resolve = compileRequest(method?.toUpperCase() ?? 'GET', config, context);
    const saveAs = context.template(config['saveAs'] ?? null, 'saveAs');
    return {
      resolve: (scope) => masked(resolve(scope)),
      run: async (_input, { scope, signal, idempotencyKey, now, organizationId, runId, stepId }) => {
        const name = saveAs.resolve(scope);
        const limit = maxResponseBytes ?? (name === null ? undefined : LARGEST_ARTIFACT);
        const request = resolve(scope);
        return exchange(
          this.http,
          () => ({ ...toRequest(request, idempotencyKey), signal, ...(limit && { maxResponseBytes: limit }) }),
          (response) =>
            takeAnswer(response, this.artifacts, {
              responseType: responseType ?? 'auto',
              failOnStatus: failOnStatus ?? true,
              now: now(),
              saveAs: name === null || typeof name === 'string' ? name : JSON.stringify(name),
              organizationId,
              runId,
              stepId,
            }),
        );
      },
    };
  }

  /** Refuses what of the URL no template can change: all of it, or the scheme, host and port before the first template. */
  private checkUrl(url: string, context: CompileContext): void {
    const start = url.search(/\{[{%]/);
    const origin = start < 0 ? url : /^[a-z]+:\/\/[^/?#\\]+[/?#\\]/i.exec(url.slice(0, start))?.[0];
    if (origin !== undefined) refusing(context, 'url', () => this.http.checkUrl(origin));
  }
}

function compileRequest(
  method: string,
  config: JsonObject,
  context: CompileContext,
): (scope: Scope) => ResolvedRequest {
  const part = (member: string) => context.template(config[member] ?? null, member);
  const [url, headers, params, body] = [part('url'), part('headers'), part('params'), part('body')];
  return (scope) => ({
    method,
    url: url.resolve(scope),
    headers: headers.resolve(scope),
    params: params.resolve(scope),
    body: body.resolve(scope),
  });
}

/** Refuses headers that no template can make right, by their name or their value; the others are checked when they are sent. */
function checkStaticHeaders(value: Json, context: CompileContext): void {
  const isStatic = (part: Json): boolean => context.template(part, 'headers').isStatic;
  const known = checkTable(value, context, 'headers').filter(([key]) => isStatic(key));
  refusing(context, 'headers', () => {
    checkHeaders(toHeaders(known.map(([key, content]) => ({ key, value: isStatic(content) ? content : '' }))));
  });
}

/** The rows of a table, unless all of it is one template. */
function checkTable(value: Json, context: CompileContext, member: string): [string, Json][] {
  const pairs = typeof value === 'string' && !context.template(value, member).isStatic ? [] : toPairs(value);
  if (!pairs) return context.fail('must be an object or a list of {key, value} rows', member);
  return pairs.length > LARGEST_TABLE ? context.fail(`has more than ${LARGEST_TABLE} rows`, member) : pairs;
}

function refusing(context: CompileContext, member: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SafeHttpError)) throw error;
    context.fail(error.message, member);
  }
}

/** A graph goes by the `status_code` itself. An empty list is a body all the same. */
const toConfig = ({ body = null, ...config }: JsonObject): JsonObject => ({
  failOnStatus: false,
  ...givenMembers(config),
  ...(body !== null && body !== '' && { body }),
});

function toData(output: Json): JsonObject {
  const { status = null, headers = {}, body, artifact = null } = output as JsonObject;
  return { output: body === undefined ? artifact : body, status_code: status, headers };
}
