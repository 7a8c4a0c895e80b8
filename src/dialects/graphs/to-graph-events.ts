import type { Plan } from '#libs/engine';
import { parseId } from '#libs/ids';
import type { RunEventDto } from '../../modules/runs/index.js';
import type { GraphEventDto } from './dto/execution.dto.js';
import { toFailure } from './to-execution.js';

/** The events of one run as those of a graph. Steps within loops, waits and attempts that are repeated have none. */
export class GraphEvents {
  private readonly types: ReadonlyMap<string, string>;
  private readonly started = new Map<string, number>();

  /** @param isGraph whether the steps put out the data of blocks, and not their output alone */
  constructor(
    { nodes }: Plan,
    private readonly isGraph: boolean,
  ) {
    this.types = new Map(nodes.map(({ id, type }) => [id, type]));
  }

  /** Null where there is nothing to tell. */
  next(event: RunEventDto): GraphEventDto | null {
    const { type, stepId } = event;
    if (stepId !== undefined) return this.ofStep(event, stepId);
    if (type === 'run.completed') return { type: 'done', execution_id: parseId('run', event.runId) ?? event.runId };
    if (type !== 'run.failed' && type !== 'run.cancelled' && type !== 'run.timed_out') return null;
    const status = type.slice('run.'.length) as 'failed' | 'cancelled' | 'timed_out';
    const failure = toFailure(event.runId, { status, error: event.error ?? null });
    return failure && { type: 'error', ...failure.body };
  }

  private ofStep(event: RunEventDto, stepId: string): GraphEventDto | null {
    const block_type = this.types.get(stepId);
    if (block_type === undefined) return null;
    const block = { block_id: stepId, block_type };
    const at = Date.parse(event.at);
    if (event.type === 'step.started') {
      if (this.started.has(stepId)) return null;
      this.started.set(stepId, at);
      return { type: 'block_start', ...block };
    }
    const duration_ms = at - (this.started.get(stepId) ?? at);
    const output = event.output ?? null;
    if (event.type === 'step.completed')
      return { type: 'block_complete', ...block, data: this.isGraph ? output : { output }, duration_ms };
    if (event.type !== 'step.failed') return null;
    return { type: 'block_error', ...block, error: event.error?.message ?? 'The block failed', duration_ms };
  }
}
