import { Body, Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DomainError, validationError } from '../../platform/errors/index.js';
import { type EdgeRequest, findIssues } from '../../platform/http/index.js';
import { Errors } from '../../platform/openapi/index.js';
import { assertScope, type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { WorkflowIdPipe } from '../workflows/index.js';
import { BatchDto, StartBatchDto, StartBatchQuery, toBatchDto } from './dto/start-batch.dto.js';
import { RunRequestDto, toStartRequest } from './dto/start-run.dto.js';
import { toIdempotencyKey } from './idempotency-key.js';
import type { StartRequest } from './run-request.js';
import { type BatchAnswer, StartBatch } from './start-batch.js';

@ApiTags('Runs')
@Controller('api/v1/workflows')
export class RunBatchController {
  constructor(private readonly starter: StartBatch) {}

  /**
   * Run a workflow many times.
   * Up to 1000 runs, stored together and answered one by one, in order: an item that is wrong stops no other. Counts as one request of the
   * `execute` limit; all items together need room in the organization's backlog. Items with a `concurrencyMode` other than `queue` cost a
   * transaction each.
   */
  @Post(':id/batch')
  @RequireScopes('workflows:execute', 'workflows:write')
  @RateLimit('execute')
  @HttpCode(202)
  @Errors(429, 503)
  async runWorkflowBatch(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) workflowId: string,
    @Body() body: StartBatchDto,
    @Query() query: StartBatchQuery,
    @Req() { requestId }: EdgeRequest,
  ): Promise<BatchDto> {
    const test = query.test === 'true';
    assertScope(caller, test ? 'workflows:write' : 'workflows:execute');
    const requests = body.items.map((item) => {
      const details = findIssues(RunRequestDto, item);
      if (details.length > 0) return validationError('Request validation failed', { details });
      const idempotencyKey = orRefusal(() => toIdempotencyKey(item.idempotencyKey ?? undefined, undefined));
      if (idempotencyKey instanceof DomainError) return idempotencyKey;
      return toStartRequest(item, { workflowId, idempotencyKey, requestId, awaited: false, test });
    });
    return toBatchDto(await this.start(caller, workflowId, requests));
  }

  /** Starts the requests that are well-formed. */
  private async start(
    caller: Caller,
    workflowId: string,
    requests: readonly (StartRequest | DomainError)[],
  ): Promise<BatchAnswer[]> {
    const good = requests.filter((request): request is StartRequest => !(request instanceof DomainError));
    await this.starter.assertWorkflow(caller, workflowId);
    const answers = (await this.starter.execute(caller, good)).values();
    return requests.map((request) =>
      request instanceof DomainError ? { error: request } : (answers.next().value as BatchAnswer),
    );
  }
}

function orRefusal<T>(work: () => T): T | DomainError {
  try {
    return work();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
