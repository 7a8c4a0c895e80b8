import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { formatId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import type { EdgeRequest } from '../../platform/http/index.js';
import { addLogFields } from '../../platform/logging/index.js';
import { Errors } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { ReplayRunDto } from './dto/replay-run.dto.js';
import { RunAcceptedDto, toAcceptedDto } from './dto/start-run.dto.js';
import { toIdempotencyKey } from './idempotency-key.js';
import { ReplayRun } from './replay-run.js';
import { RunIdPipe } from './run-id.js';
import { RunReader } from './run-reader.js';

@ApiTags('Runs')
@Controller('api/v1/runs')
export class ReplayRunController {
  constructor(
    private readonly replayer: ReplayRun,
    private readonly reader: RunReader,
  ) {}

  /**
   * Replay a run.
   * A new run with the original's input, connection, priority and concurrency key, in the version that the original has run; each of the body's
   * members changes one of that. The workflow must be active, unless the original was a test, which needs the scope `workflows:write`.
   */
  @Post(':id/replay')
  @HttpCode(202)
  @RequireScopes('runs:write', 'workflows:execute')
  @RateLimit('execute')
  @Errors(400, 422, 429, 503)
  async replayRun(
    @CurrentCaller() caller: Caller,
    @Param('id', RunIdPipe) id: string,
    @Body() body: ReplayRunDto,
    @Req() request: EdgeRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunAcceptedDto> {
    const { input, fromStep, version } = body;
    const started = await this.replayer.execute(caller, id, {
      ...(input && { input: input as JsonObject }),
      ...(fromStep && { fromStep }),
      ...(version && { version }),
      idempotencyKey: toIdempotencyKey(body.idempotencyKey, request.headers['idempotency-key']),
      requestId: request.requestId,
    });
    addLogFields(request, { runId: started.runId });
    response.setHeader('Location', `/api/v1/runs/${formatId('run', started.runId)}`);
    if (started.replayed) response.setHeader('Idempotent-Replayed', 'true');
    return toAcceptedDto(await this.reader.getVisible(caller, started.runId));
  }
}
