import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatId } from '#libs/ids';
import { validationError } from '../../platform/errors/index.js';
import type { EdgeRequest } from '../../platform/http/index.js';
import { Answers, Errors } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { ChangeRuns } from './change-runs.js';
import {
  ChangeRunsDto,
  RunChangesDto,
  RunChangesPreviewDto,
  toRunChangesDto,
  toSelection,
} from './dto/change-runs.dto.js';
import { toIdempotencyKey } from './idempotency-key.js';

const MOST = 1000;
/** A run's id is added to the key of the request. */
const LONGEST_KEY = 200;

@ApiTags('Runs')
@Controller('api/v1/runs')
export class ChangeRunsController {
  constructor(private readonly changer: ChangeRuns) {}

  /**
   * Cancel, retry or replay many runs, the oldest first.
   * At most 1000 a call; `more` says that others match, and `cursor` goes on after those. With an `Idempotency-Key` a repeated `replay` starts
   * nothing twice. With `preview` it only tells what would be changed.
   */
  @Post('bulk')
  @HttpCode(200)
  @RequireScopes('runs:write', 'workflows:execute')
  @RateLimit('execute')
  @Answers({ 200: [RunChangesDto, RunChangesPreviewDto] })
  @Errors(429, 503)
  async changeRuns(
    @CurrentCaller() caller: Caller,
    @Body() body: ChangeRunsDto,
    @Req() request: EdgeRequest,
  ): Promise<RunChangesDto | RunChangesPreviewDto> {
    const selection = toSelection(body);
    if (body.preview) {
      const { sample, ...counted } = await this.changer.preview(caller, selection);
      return { ...counted, sample: sample.map((id) => formatId('run', id)) };
    }
    const key = toIdempotencyKey(undefined, request.headers['idempotency-key']);
    if (key !== null && key.length > LONGEST_KEY) {
      const message = `must be at most ${LONGEST_KEY} characters here`;
      throw validationError('Request validation failed', { details: [{ path: ['Idempotency-Key'], message }] });
    }
    const origin = {
      requestId: request.requestId,
      idempotencyKeyOf: (id: string) => (key === null ? null : `${key} ${id}`),
    };
    return toRunChangesDto(await this.changer.execute(caller, selection, body.limit ?? MOST, origin));
  }
}
