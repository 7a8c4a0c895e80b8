import type { Json, JsonObject } from '#libs/json-guard';
import type { Condition, Path, Scope, Template } from '#libs/templates';
import type { RetryPolicy } from '#libs/retry';

/** What went wrong in a step, as the run's owner sees it: no secret, no stack. */
export interface StepError {
  /** Stable, upper snake case: `HTTP_STATUS`, `TIMEOUT`, `TEMPLATE_FAILED` … */
  code: string;
  message: string;
}

/** How a block ended. Outcomes are values; an exception thrown by a block is a bug. */
export type BlockOutcome =
  | {
      kind: 'done';
      output: Json;
      /** Which of the block's {@link BlockType.routes} is taken; absent takes the edges without a route. */
      route?: string;
      /** Workflow variables to set for the steps that follow. */
      variables?: Record<string, Json>;
      /** Ends the whole run with `output` as its output; steps that have not started are skipped. */
      ends?: true;
    }
  /** Parks the run; the step completes with `output` once `until` has passed. */
  | { kind: 'wait'; until: Date; output: Json }
  | {
      kind: 'failed';
      error: StepError;
      /** Whether another attempt could succeed. */
      retryable: boolean;
      /** What the other side asked for (`Retry-After`), in milliseconds. */
      retryAfterMs?: number;
    };

/** What a block may know of the step it runs as. */
export interface BlockContext {
  runId: string;
  stepId: string;
  /** From 1; an attempt that a worker crash cut off counts. */
  attempt: number;
  /** `runId:stepId`: the same for every attempt, so that the other side can recognise a repeat. */
  idempotencyKey: string;
  /** Aborted on cancel, step timeout, end of the run's time and shutdown. */
  signal: AbortSignal;
  scope: Scope;
  /** The output of the step before this one: of the last taken predecessor in plan order; the run's input where there is none. */
  upstream: Json;
  now: () => Date;
}

/** One configured block, ready to run any number of times, also concurrently. */
export interface CompiledBlock {
  /** The step's input as recorded: the configuration with its templates resolved. Throws `TemplateError`. */
  resolve(scope: Scope): Json;
  /**
   * Called at once after `resolve`, with the same scope. Throws nothing but `TemplateError`; anything else thrown is a bug.
   * @param input what `resolve` returned
   */
  run(input: Json, context: BlockContext): BlockOutcome | Promise<BlockOutcome>;
}

/** Compiles the templates of a configuration and remembers what they refer to. */
export interface CompileContext {
  /** Where the configuration stands in the definition, for errors: `['steps', 2, 'config']`. */
  readonly path: Path;
  template(value: Json, ...at: Path): Template;
  condition(value: Json, ...at: Path): Condition;
  /** Refuses the definition. */
  fail(message: string, ...at: Path): never;
}

/** A step's members beside `id`, `type` and `name`, as far as they configure its block. */
export type StepExample = JsonObject & { config: JsonObject };

/**
 * A type of block. Adding one is a folder in `src/blocks/` and a line in its list; the conformance suite then runs it.
 */
export interface BlockType {
  readonly type: string;
  readonly aliases?: readonly string[];
  /** One sentence for the API description. */
  readonly description: string;
  /**
   * `pure`: needs nothing but its input; after a crash it is run again. `external`: touches the world; its result is journaled before
   * the next step starts, and it is never run again once that happened.
   */
  readonly effect: 'pure' | 'external';
  /** Names that edges may route by, such as `then` and `else`. */
  readonly routes?: readonly string[];
  /**
   * Class whose class-validator rules a configuration must satisfy; also its schema in the API description. Null: an object with any
   * members; the block checks them when it compiles.
   */
  readonly config: (new () => object) | null;
  /** Valid steps of this type, without id and type: shown in the API description, and the conformance suite's material. */
  readonly examples: readonly StepExample[];
  /** How often and when a failed step is tried again, unless the step says so itself. Default: one attempt. */
  readonly retry?: RetryPolicy;
  /** Time limit of one attempt in milliseconds, unless the step says so itself. Default: 30 s for external blocks, none for pure ones. */
  readonly timeoutMs?: number;
  /**
   * Compiles a configuration that satisfies {@link config}. Throws `TemplateError` or fails through the context on a bad one.
   * @param step the step's other members, for block types that are configured beside `config` (`action`, `then`, `else`)
   */
  compile(config: JsonObject, context: CompileContext, step: JsonObject): CompiledBlock;
}
