import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/index.js';
import { type RunDto, toRunDto } from './dto/run.dto.js';
import { RunReader } from './run-reader.js';
import type { StartRequest } from './run-request.js';
import { type StartedRun, StartRun } from './start-run.js';

/** A run that was started, and what became of it if it ended in time. */
export interface AwaitedRun {
  started: StartedRun;
  /** Null: it goes on. */
  run: RunDto | null;
}

/** Starts runs for callers who wait for their end. */
@Injectable()
export class RunAndWait {
  constructor(
    private readonly starter: StartRun,
    private readonly reader: RunReader,
  ) {}

  /**
   * @param waitMs 0: nobody waits
   * @throws DomainError as {@link StartRun.execute}
   */
  async execute(caller: Caller, request: StartRequest, waitMs: number): Promise<AwaitedRun> {
    const started = await this.starter.execute(caller, request);
    if (!started.replayed && started.finished) {
      const { run, progress } = started.finished;
      return { started, run: toRunDto(run, started.head.compiled.plan, progress.steps) };
    }
    const over = waitMs > 0 && (await this.reader.waitUntilOver(caller.organizationId, started.runId, waitMs));
    return { started, run: over ? await this.reader.getRun(caller, started.runId) : null };
  }
}
