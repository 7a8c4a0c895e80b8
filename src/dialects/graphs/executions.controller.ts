import {
  Body,
  Controller,
  Get,
  HttpCode,
  type MessageEvent,
  Param,
  Post,
  Query,
  Req,
  RequestMethod,
  Res,
  Sse,
} from '@nestjs/common';
import { ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { parseId } from '#libs/ids';
import { DomainError, notFound } from '../../platform/errors/index.js';
import type { EdgeRequest } from '../../platform/http/index.js';
import { addLogFields } from '../../platform/logging/index.js';
import { Answers, Errors, EventStreamOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../../modules/auth/index.js';
import { RateLimit } from '../../modules/rate-limit/index.js';
import { STREAM_BUFFER, toIdempotencyKey } from '../../modules/runs/index.js';
import { WorkflowIdPipe } from '../../modules/workflows/index.js';
import {
  ExecuteGraphDto,
  ExecutionFailureDto,
  ExecutionListDto,
  ExecutionLogsDto,
  ExecutionResultDto,
  GraphEventDto,
} from './dto/execution.dto.js';
import { ExecuteGraph, type ExecuteRequest } from './execute-graph.js';
import { toPageNumbers } from './page-numbers.js';
import { readVariables } from './read-workflow.js';
import { toBlockLogs, toExecutionDto, toExecutionResult, toFailure } from './to-execution.js';

const DEFAULT_LIST = '20';

@ApiTags('Graphs')
@Controller('api/workflows')
export class GraphExecutionsController {
  constructor(private readonly executions: ExecuteGraph) {}

  /**
   * Execute a workflow and wait for the result, at most 300 seconds.
   * Works in every state. The run goes on when the caller leaves. A repeated `Idempotency-Key` answers its first run.
   */
  @Post(':id/execute')
  @HttpCode(200)
  @RequireScopes('workflows:execute')
  @RateLimit('execute')
  @ApiBody({ type: ExecuteGraphDto, required: false })
  @Answers({ 200: ExecutionResultDto, 500: ExecutionFailureDto, 504: ExecutionFailureDto })
  @Errors(400, 422, 429, 503)
  async executeGraph(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Body() body: unknown,
    @Req() request: EdgeRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ExecutionResultDto | ExecutionFailureDto> {
    const { runId, run, head } = await this.executions.execute(toRequest(caller, workflowId, body, request));
    addLogFields(request, { runId });
    const failure = toFailure(runId, run);
    if (failure || !run) {
      response.status(failure?.status ?? 500);
      return failure?.body as ExecutionFailureDto;
    }
    return toExecutionResult(run, head.compiled.definition);
  }

  /**
   * Execute a workflow and stream what its blocks do (SSE).
   * Ends with `done` or `error`. The header `X-Run-Id` names the run, whose events can be streamed again from the native API.
   */
  @Sse(':id/execute/stream', { method: RequestMethod.POST, maxPendingDataLength: STREAM_BUFFER })
  @HttpCode(200)
  @RequireScopes('workflows:execute')
  @RateLimit('execute')
  @ApiBody({ type: ExecuteGraphDto, required: false })
  @EventStreamOf(GraphEventDto)
  @Errors(400, 422, 429, 503)
  async streamGraph(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Body() body: unknown,
    @Req() request: EdgeRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const { runId, events } = await this.executions.follow(toRequest(caller, workflowId, body, request));
    addLogFields(request, { runId });
    response.setHeader('X-Run-Id', runId);
    return events;
  }

  /** List the newest runs of a workflow. */
  @Get(':id/executions')
  @RequireScopes('runs:read')
  @ApiQuery({ name: 'limit', required: false, description: 'How many, 1 to 100; 20 by default.' })
  async listGraphExecutions(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Query('limit') limit: string = DEFAULT_LIST,
  ): Promise<ExecutionListDto> {
    const page = toPageNumbers(limit, undefined);
    const runs = await this.executions.list(caller, workflowId, page.limit);
    return { executions: runs.map(toExecutionDto) };
  }

  /** Get what the blocks of a run did. */
  @Get(':id/executions/:executionId/logs')
  @RequireScopes('runs:read')
  async getGraphExecutionLogs(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Param('executionId') executionId: string,
  ): Promise<ExecutionLogsDto> {
    const runId = parseId('run', executionId);
    if (runId === null) throw executionNotFound();
    try {
      const { run, head } = await this.executions.get(caller, workflowId, runId);
      return { block_logs: toBlockLogs(run, head.compiled.definition) };
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not_found') throw executionNotFound();
      throw error;
    }
  }
}

const executionNotFound = () => notFound('Execution not found');

const toRequest = (caller: Caller, workflowId: string, body: unknown, request: EdgeRequest): ExecuteRequest => ({
  caller,
  workflowId,
  input: readVariables(body),
  idempotencyKey: toIdempotencyKey(undefined, request.headers['idempotency-key']),
  requestId: request.requestId,
});
