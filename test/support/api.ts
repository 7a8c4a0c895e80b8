import type { RunDto } from '../../src/modules/runs/dto/run.dto.js';
import type { Problem } from '../../src/platform/http/error-bodies.js';
import type { Page } from '../../src/platform/http/page.js';
import { until } from './until.js';

export type { CreatedApiKeyDto, ApiKeyDto } from '../../src/modules/auth/keys/dto/api-key.dto.js';
export type { RunEventDto } from '../../src/modules/runs/dto/run-event.dto.js';
export type { RunSummaryDto } from '../../src/modules/runs/dto/run.dto.js';
export type { DryRunDto, RunAcceptedDto } from '../../src/modules/runs/dto/start-run.dto.js';
export type { WorkflowDto, WorkflowSummaryDto } from '../../src/modules/workflows/dto/workflow.dto.js';
export type { Page, Problem, RunDto };

/** Which header carries the key, and with it the shape of the answers. */
export type Style = 'bearer' | 'x-api-key';

/** A success in the `x-api-key` style. */
export interface Envelope<T> {
  success: true;
  data: T;
  meta?: { cursor: string | null; hasMore: boolean };
}

/** An error in the `x-api-key` style. */
export interface Refusal {
  success: false;
  error: { code: string; message: string; details?: { path: (string | number)[]; message: string }[] };
}

/** An answer as it came in. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; null when there is none. */
  body: T;
}

/** What {@link ApiClient.send} may be given. */
export interface Sending {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is; wins over `body`. */
  raw?: string | Uint8Array<ArrayBuffer>;
  /** Added to the credential and the content type; an empty value removes one. */
  headers?: Record<string, string>;
}

/** Calls the native API with one key. Any status is an answer. */
export class ApiClient {
  constructor(
    readonly url: string,
    /** Null sends no credential. */
    readonly key: string | null,
    readonly style: Style = 'bearer',
  ) {}

  /** The same caller in the other style. */
  in(style: Style): ApiClient {
    return new ApiClient(this.url, this.key, style);
  }

  /** Another key at the same server. */
  with(key: string | null): ApiClient {
    return new ApiClient(this.url, key, this.style);
  }

  async send<T = Problem>(method: string, path: string, { body, raw, headers = {} }: Sending = {}): Promise<Answer<T>> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const all = {
      ...this.credential(),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const response = await fetch(this.url + path, {
      method,
      headers: Object.entries(all).filter(([, value]) => value !== ''),
      body: payload ?? null,
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : null) as T };
  }

  get<T = Problem>(path: string, headers?: Record<string, string>): Promise<Answer<T>> {
    return this.send<T>('GET', path, headers ? { headers } : {});
  }

  post<T = Problem>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>> {
    return this.send<T>('POST', path, { body, ...(headers && { headers }) });
  }

  /** The headers that identify the caller. */
  credential(): Record<string, string> {
    if (this.key === null) return {};
    return this.style === 'bearer' ? { authorization: `Bearer ${this.key}` } : { 'x-api-key': this.key };
  }
}

/** The run, once it is over. */
export async function whenOver(api: ApiClient, runId: string, timeoutMs = 15_000): Promise<RunDto> {
  return whenIn(api, runId, ['completed', 'failed', 'cancelled', 'timed_out'], timeoutMs);
}

/** The run, once it is in one of these statuses. */
export function whenIn(
  api: ApiClient,
  runId: string,
  statuses: readonly RunDto['status'][],
  timeoutMs = 15_000,
): Promise<RunDto> {
  const look = async (): Promise<RunDto> => {
    const { body, text } = await api.in('bearer').get<RunDto>(`/api/v1/runs/${runId}`);
    if (!statuses.includes(body.status)) throw new Error(`the run is not ${statuses.join(' or ')}: ${text}`);
    return body;
  };
  return until(look, { timeoutMs, intervalMs: 50 });
}
