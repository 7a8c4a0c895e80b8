import { Controller, Get, Headers, HttpCode, Param, Post, Query, Sse, type MessageEvent } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { validationError } from '../../platform/errors/index.js';
import type { Page } from '../../platform/http/index.js';
import { Errors, EventStreamOf, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { ControlRun } from './control-run.js';
import { ListRunsQuery } from './dto/run-filter.dto.js';
import { CancelledDto, RunDto, RunSummaryDto } from './dto/run.dto.js';
import { RunEventDto } from './dto/run-event.dto.js';
import { RunEventStream, STREAM_BUFFER } from './run-event-stream.js';
import { RunIdPipe } from './run-id.js';
import { RunReader } from './run-reader.js';
import { toNativeStatus } from './run.status.js';

@ApiTags('Runs')
@Controller('api/v1/runs')
export class RunsController {
  constructor(
    private readonly reader: RunReader,
    private readonly control: ControlRun,
    private readonly stream: RunEventStream,
  ) {}

  /** List runs, newest first. */
  @Get()
  @RequireScopes('runs:read')
  @PageOf(RunSummaryDto)
  async listRuns(@CurrentCaller() caller: Caller, @Query() query: ListRunsQuery): Promise<Page<RunSummaryDto>> {
    return this.reader.listRuns(caller, query);
  }

  /** Get a run with its input, output and steps. */
  @Get(':id')
  @RequireScopes('runs:read')
  async getRun(@CurrentCaller() caller: Caller, @Param('id', RunIdPipe) id: string): Promise<RunDto> {
    return this.reader.getRun(caller, id);
  }

  /**
   * Cancel a run.
   * Queued and waiting runs end at once; a running one when its step has let go, at most some seconds later. On a finished run it does nothing.
   */
  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScopes('runs:write', 'workflows:execute')
  @RateLimit('execute')
  async cancelRun(@CurrentCaller() caller: Caller, @Param('id', RunIdPipe) id: string): Promise<CancelledDto> {
    return { success: true, status: toNativeStatus(await this.control.cancel(caller, id)) };
  }

  /** Retry a failed or timed-out run: the same run, going on after its last finished step. */
  @Post(':id/retry')
  @HttpCode(202)
  @RequireScopes('runs:write', 'workflows:execute')
  @RateLimit('execute')
  @Errors(400)
  async retryRun(@CurrentCaller() caller: Caller, @Param('id', RunIdPipe) id: string): Promise<RunDto> {
    await this.control.retry(caller, id);
    return this.reader.getRun(caller, id);
  }

  /**
   * Stream a run's events (SSE).
   * Every event since the beginning, or after `Last-Event-ID` or `starting_after`, then live until the run is over. Works on finished runs too.
   */
  @Sse(':id/events', { maxPendingDataLength: STREAM_BUFFER })
  @RequireScopes('runs:read')
  @EventStreamOf(RunEventDto)
  @Errors(503)
  async streamRunEvents(
    @CurrentCaller() caller: Caller,
    @Param('id', RunIdPipe) id: string,
    @Headers('last-event-id') lastEventId?: string,
    @Query('starting_after') startingAfter?: string,
  ): Promise<Observable<MessageEvent>> {
    const after = parseSeq(startingAfter, 'starting_after') ?? parseSeq(lastEventId, 'Last-Event-ID') ?? 0;
    return this.stream.start(caller, await this.reader.getVisible(caller, id), after);
  }
}

function parseSeq(value: string | undefined, name: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw validationError('Invalid query', {
    details: [{ path: [name], message: 'must be the number of an event, 0 or more' }],
  });
}
