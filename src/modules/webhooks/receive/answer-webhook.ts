import { Injectable } from '@nestjs/common';
import { formatId } from '#libs/ids';
import { type RunResult, RunReader, type StartedRun, toRunResult } from '../../runs/index.js';
import type { KnownWebhook } from '../known-webhooks.js';
import { allowedHeaders } from './answer-headers.js';

/** An HTTP answer. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  /** Sent as JSON, or as it is where it is a text and `raw`. */
  body: unknown;
  raw?: boolean;
}

const RESPOND_MS = 60_000;
const RESULT_MS = 300_000;

const FAILED = 'Workflow execution failed';

/** Answers a call once its run is stored, as the webhook's `answer` says. */
@Injectable()
export class AnswerWebhook {
  constructor(private readonly reader: RunReader) {}

  async execute(hook: KnownWebhook, started: StartedRun, waitMs: number): Promise<HttpAnswer> {
    const answer = await this.answer(hook, started, waitMs);
    if (started.replayed) answer.headers['Idempotent-Replayed'] = 'true';
    return answer;
  }

  private async answer(hook: KnownWebhook, started: StartedRun, waitMs: number): Promise<HttpAnswer> {
    const { runId } = started;
    switch (hook.answer) {
      case 'respond':
        return respond(runId, await this.resultWithin(hook, started, RESPOND_MS));
      case 'result':
        return toResult(runId, await this.resultWithin(hook, started, RESULT_MS));
      default:
        return accept(runId, waitMs > 0 ? await this.resultWithin(hook, started, waitMs) : null);
    }
  }

  /** Null when the run is not over by then. */
  private async resultWithin(
    { organizationId }: KnownWebhook,
    started: StartedRun,
    waitMs: number,
  ): Promise<RunResult | null> {
    if (!started.replayed && started.finished) {
      const { run, progress } = started.finished;
      return toRunResult(run, started.head.compiled.plan, progress);
    }
    const over = await this.reader.waitUntilOver(organizationId, started.runId, waitMs);
    return over ? this.reader.getResult(organizationId, started.runId) : null;
  }
}

function accept(runId: string, result: RunResult | null): HttpAnswer {
  const id = formatId('run', runId);
  const headers = { Location: `/api/v1/runs/${id}` };
  if (!result) return { status: 202, headers, body: { run_id: id, status: 'pending' } };
  const { status, output, error } = result;
  return { status: 200, headers, body: { run_id: id, status, output, error } };
}

function respond(runId: string, result: RunResult | null): HttpAnswer {
  if (!result) return accept(runId, null);
  if (result.status !== 'completed') {
    return { status: 500, headers: {}, body: { error: FAILED, execution_id: runId } };
  }
  const { output, response } = result;
  const headers = allowedHeaders(response.headers);
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return { status: response.status ?? 200, headers, body: output, raw: typed && typeof output === 'string' };
}

function toResult(runId: string, result: RunResult | null): HttpAnswer {
  if (result?.status === 'completed') {
    return { status: 200, headers: {}, body: { execution_id: runId, status: 'completed', output: result.output } };
  }
  if (!result || result.status === 'timed_out') {
    const body = { error: 'Workflow execution timed out', error_code: 'EXECUTION_TIMEOUT', execution_id: runId };
    return { status: 504, headers: {}, body };
  }
  return { status: 500, headers: {}, body: { error: FAILED, error_code: 'EXECUTION_FAILED', execution_id: runId } };
}
