import { Body, Controller, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { formatId } from '#libs/ids';
import type { EdgeRequest } from '../../platform/http/index.js';
import { addLogFields } from '../../platform/logging/index.js';
import { Answers, Errors } from '../../platform/openapi/index.js';
import { assertScope, type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { WorkflowIdPipe } from '../workflows/index.js';
import { RunDto } from './dto/run.dto.js';
import {
  DryRunDto,
  RunAcceptedDto,
  StartRunDto,
  StartRunQuery,
  toAcceptedDto,
  toStartRequest,
} from './dto/start-run.dto.js';
import { toIdempotencyKey } from './idempotency-key.js';
import { type AwaitedRun, RunAndWait } from './run-and-wait.js';
import { RunReader } from './run-reader.js';
import type { PlannedRun } from './run-planner.js';
import { StartRun } from './start-run.js';

/** Longest `wait`, in seconds. */
const LONGEST_WAIT = 60;

/** Which header says that the run was there before. */
const REPLAYED_BY = { idempotencyKey: 'Idempotent-Replayed', concurrencyKey: 'Concurrency-Replayed' } as const;

@ApiTags('Runs')
@Controller('api/v1/workflows')
export class RunWorkflowController {
  constructor(
    private readonly starter: StartRun,
    private readonly runs: RunAndWait,
    private readonly reader: RunReader,
  ) {}

  /**
   * Run a workflow.
   * Answers 202 as soon as the run is stored; with `wait` 200 and the finished run if it ends in time. A repeated idempotency key answers its
   * run, with the header `Idempotent-Replayed: true`. `startAt`, `expiresAt`, `priority`, `concurrencyKey` and `version` say when, in which order and
   * what is run.
   */
  @Post(':id/run')
  @RequireScopes('workflows:execute', 'workflows:write')
  @RateLimit('execute')
  @HttpCode(202)
  @Answers({ 200: [RunDto, DryRunDto], 202: RunAcceptedDto })
  @Errors(409, 422, 429, 503)
  async runWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Body() body: StartRunDto,
    @Query() query: StartRunQuery,
    @Req() request: EdgeRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunAcceptedDto | RunDto | DryRunDto> {
    const test = query.test === 'true';
    assertScope(caller, test ? 'workflows:write' : 'workflows:execute');
    const waitMs = toWaitMs(query.wait, request.headers.prefer);
    const start = toStartRequest(body, {
      workflowId,
      idempotencyKey: toIdempotencyKey(body.idempotencyKey, request.headers['idempotency-key']),
      requestId: request.requestId,
      awaited: waitMs > 0,
      test,
    });
    if (body.dryRun) {
      response.status(200);
      return toDryRunDto(workflowId, await this.starter.plan(caller, start));
    }
    const awaited = await this.runs.execute(caller, start, waitMs);
    addLogFields(request, { runId: awaited.started.runId });
    return this.answer(caller, awaited, response);
  }

  private async answer(
    caller: Caller,
    { started, run }: AwaitedRun,
    response: Response,
  ): Promise<RunAcceptedDto | RunDto> {
    response.setHeader('Location', `/api/v1/runs/${formatId('run', started.runId)}`);
    if (started.replayed) response.setHeader(REPLAYED_BY[started.by], 'true');
    if (run) {
      response.status(200);
      return run;
    }
    response.status(202);
    if (started.replayed) return toAcceptedDto(await this.reader.getVisible(caller, started.runId));
    const { id: workflowId, version: workflowVersion } = started.head;
    return toAcceptedDto({ id: started.runId, status: 'queued', workflowId, workflowVersion });
  }
}

/** `?wait=N` or `Prefer: wait=N` (RFC 7240 §4.3), in milliseconds; a preference beyond the longest is cut to it. */
function toWaitMs(query: number | undefined, prefer: string | string[] | undefined): number {
  if (query !== undefined) return query * 1000;
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(String(prefer ?? ''));
  return match ? Math.min(Number(match[1]), LONGEST_WAIT) * 1000 : 0;
}

function toDryRunDto(workflowId: string, { head, input }: PlannedRun): DryRunDto {
  const { nodes, edges } = head.compiled.plan;
  const plan = nodes.map(({ id, type }) => ({
    id,
    type,
    after: edges.filter((edge) => edge.to === id).map((edge) => edge.from),
  }));
  return { valid: true, workflowId: formatId('wf', workflowId), workflowVersion: head.version, input, plan };
}
