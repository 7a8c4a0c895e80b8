import type { Json, JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';

/** What a workflow is to be executed with. */
export class ExecuteGraphDto {
  /**
   * Variables of the run, over the workflow's own.
   * @example { "text": "Your document content here..." }
   */
  @FreeForm()
  variables?: JsonObject;

  /**
   * What `variables` used to be called.
   * @example { "text": "Your document content here..." }
   */
  @FreeForm()
  input?: JsonObject;
}

/** What one block did. */
export class BlockLogDto {
  /**
   * The block; in an iteration of a loop `<loop>[<number>].<step>`.
   * @example summarize
   */
  block_id: string;

  /**
   * Its type.
   * @example agent
   */
  block_type: string;

  /**
   * Its name, or else its type.
   * @example "Summarize"
   */
  block_name: string;

  /**
   * How it ended.
   * @example success
   */
  status: 'success' | 'error';

  /**
   * Milliseconds from its start to its end.
   * @example 12
   */
  duration_ms: number | null;

  /**
   * Its configuration with templates and references resolved.
   * @example { "message": "Summarize the following document" }
   */
  @FreeForm()
  input: Json;

  /**
   * What references to it read.
   * @example { "output": "A summary." }
   */
  @FreeForm()
  output: Json;

  /**
   * Why it failed; null unless it did.
   * @example "The server answered 404"
   */
  error: string | null;

  /**
   * What its code printed; null for blocks without code.
   * @example "3 items"
   */
  logs: string | null;

  /**
   * Its configuration as written, without secrets.
   * @example { "message": "{{variables.text}}" }
   */
  @FreeForm()
  config_snapshot: JsonObject;

  /**
   * Its place in the order in which the blocks started, from 1.
   * @example 2
   */
  execution_order: number;

  /**
   * Null: what an agent did is in the output.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  agent_run_id: string | null;
}

/** A run that has completed. */
export class ExecutionResultDto {
  /**
   * Unique identifier of the run; the native API takes it too.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  execution_id: string;

  /**
   * Always `completed`: a run that fails is answered with its error.
   * @example completed
   */
  status: string;

  /**
   * What the response block put out; null where none was reached.
   * @example "A summary."
   */
  @FreeForm()
  output: Json;

  /**
   * What references to each block read, by its id.
   * @example { "summarize": { "output": "A summary." } }
   */
  @FreeForm()
  block_outputs: JsonObject;

  /** What each block did, in the order in which they started. */
  block_logs: BlockLogDto[];
}

/** A run that did not complete, or not within 300 seconds. */
export class ExecutionFailureDto {
  /**
   * What went wrong.
   * @example "Step summarize failed: There is no agent 019b7c2e-4567-7abc-89ab-0123456789ab"
   */
  error: string;

  /**
   * For programs.
   * @example EXECUTION_FAILED
   */
  error_code: 'EXECUTION_FAILED' | 'EXECUTION_TIMEOUT';

  /**
   * The run.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  execution_id: string;
}

/** A run, as listed. */
export class ExecutionDto {
  /**
   * Unique identifier of the run.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * How it stands.
   * @example completed
   */
  status: 'running' | 'completed' | 'failed';

  /**
   * Its variables.
   * @example { "text": "Your document content here..." }
   */
  @FreeForm()
  input: Json;

  /**
   * What the response block put out.
   * @example "A summary."
   */
  @FreeForm()
  output: Json;

  /**
   * Why it failed; null unless it did.
   * @example "The server answered 404"
   */
  error: string | null;

  /**
   * When it started (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  started_at: string | null;

  /**
   * When it ended (ISO 8601).
   * @example 2026-11-22T10:00:00.012Z
   */
  completed_at: string | null;

  /**
   * When it was asked for (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  created_at: string;
}

/** Runs of a workflow, newest first. */
export class ExecutionListDto {
  /** The newest ones. */
  executions: ExecutionDto[];
}

/** What the blocks of a run did. */
export class ExecutionLogsDto {
  /** In the order in which they started. */
  block_logs: BlockLogDto[];
}

/** What happens while a run is streamed. */
export class GraphEventDto {
  /**
   * `block_start`, `block_complete` and `block_error` of each block, then `done` or `error`.
   * @example block_complete
   */
  type: 'block_start' | 'block_complete' | 'block_error' | 'done' | 'error';

  /**
   * In events of blocks: the block.
   * @example summarize
   */
  block_id?: string;

  /**
   * In events of blocks: its type.
   * @example agent
   */
  block_type?: string;

  /**
   * In `block_complete`: what references to it read.
   * @example { "output": "A summary." }
   */
  @FreeForm()
  data?: Json;

  /**
   * In `block_complete` and `block_error`: milliseconds since it started.
   * @example 12
   */
  duration_ms?: number;

  /**
   * In `block_error` and `error`: what went wrong.
   * @example "The server answered 404"
   */
  error?: string;

  /**
   * In `error`: for programs.
   * @example EXECUTION_FAILED
   */
  error_code?: 'EXECUTION_FAILED' | 'EXECUTION_TIMEOUT';

  /**
   * In `done` and `error`: the run.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  execution_id?: string;
}
