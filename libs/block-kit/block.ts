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
      /** What the step's own code printed. */
      logs?: string;
    }
  /** Parks the run; the step completes with `output` once `until` has passed. */
  | { kind: 'wait'; until: Date; output: Json }
  /**
   * Parks the run until somebody signals the step or `until` has passed (null: never by itself). Then {@link CompiledBlock.resume} is asked
   * what became of it; it may also be asked without a reason.
   */
  | { kind: 'wait'; until: Date | null; output: Json; resumes: true }
  | {
      kind: 'failed';
      error: StepError;
      /** Whether another attempt could succeed. */
      retryable: boolean;
      /** What the other side asked for (`Retry-After`), in milliseconds. */
      retryAfterMs?: number;
      /** What the step's own code printed. */
      logs?: string;
    };

/** What a block may know of the step it runs as. */
export interface BlockContext {
  organizationId: string;
  runId: string;
  stepId: string;
  /** From 1; an attempt that a worker crash cut off counts. */
  attempt: number;
  /** `runId:stepId`: the same for every attempt, so that the other side can recognise a repeat. */
  idempotencyKey: string;
  /** Aborted on cancel, step timeout, end of the run's time and shutdown. */
  signal: AbortSignal;
  scope: Scope;
  /** The connection that the run's caller chose (`connectionId`), bare UUID; null: none. */
  connectionId: string | null;
  /**
   * Keeps secrets out of what the run records from now on: each of 8 or more characters becomes `[redacted]` wherever it stands in outputs,
   * errors and inputs. To be called before anything that could repeat them.
   */
  hide(secrets: readonly string[]): void;
  /**
   * Executes nested steps as a part of this one. Their ids in the run are `<step>[<index>].<id>`; what of them has finished before is not
   * run again.
   * @param names further names that their templates may read, such as `item` and `index`
   * @param signal stops them before the step itself ends
   */
  execute(steps: NestedSteps, index: number, names: Record<string, Json>, signal?: AbortSignal): Promise<NestedOutcome>;
  children: ChildRuns;
  /** The output of the step before this one: of the last taken predecessor in plan order; the run's input where there is none. */
  upstream: Json;
  now: () => Date;
}

/** Steps that a block holds, compiled by {@link CompileContext.steps}; how is the engine's business. */
export interface NestedSteps {
  readonly effect: 'pure' | 'external';
}

/** A run that a step started and may wait for. */
export interface ChildRun {
  /** Bare UUID. */
  id: string;
  status: 'unfinished' | 'completed' | 'failed' | 'cancelled' | 'timed_out';
  /** Null until it has completed. */
  output: Json;
  error: StepError | null;
}

/** What one step may do with runs of other workflows of its organization. */
export interface ChildRuns {
  /**
   * Starts a run below this step; when it ends the step is asked again.
   * @param workflowId id in either form
   * @returns the run, or why there is none
   */
  start(request: {
    workflowId: string;
    input: JsonObject;
    detached: boolean;
  }): Promise<ChildRun | { refused: StepError; retryable: boolean }>;
  /** The run that this step started last; null: none. */
  find(): Promise<ChildRun | null>;
}

/** How nested steps ended, for now or for good. */
export type NestedOutcome =
  | { status: 'completed'; output: Json }
  | { status: 'failed'; error: StepError }
  /** One of them is parked; null: until it is signalled. */
  | { status: 'waiting'; until: Date | null }
  /** The run ends: whatever the block answers is not looked at. */
  | { status: 'aborted' };

/** Why a parked step is asked again. */
export interface Resumption {
  /** What was sent to the step; null: nothing, its time has come or the run went on for another reason. */
  signal: Json;
  /** The `output` with which it parked. */
  parked: Json;
  /** When it parked until; null: without a time. */
  until: Date | null;
}

/** One configured block, ready to run any number of times, also concurrently. */
export interface CompiledBlock {
  /** Overrides the type's, for a block whose effect depends on its configuration. */
  effect?: 'pure' | 'external';
  /** The steps it holds, for those who describe a run. */
  nested?: NestedSteps;
  /** An attempt that follows a crash gets the input as it was recorded, whatever its templates would give by now. */
  keepsInput?: true;
  /** The step's input as recorded: the configuration with its templates resolved. Throws `TemplateError`. */
  resolve(scope: Scope): Json;
  /**
   * Called at once after `resolve`, with the same scope. Throws nothing but `TemplateError`; anything else thrown is a bug.
   * @param input what `resolve` returned
   */
  run(input: Json, context: BlockContext): BlockOutcome | Promise<BlockOutcome>;
  /**
   * Asked after the step parked with `resumes`, perhaps in another process and more often than there is news; parking again is an answer.
   * @param input as recorded when the step started
   */
  resume?(input: Json, context: BlockContext, resumption: Resumption): BlockOutcome | Promise<BlockOutcome>;
}

/** Compiles the templates of a configuration and remembers what they refer to. */
export interface CompileContext {
  /** Where the configuration stands in the definition, for errors: `['steps', 2, 'config']`. */
  readonly path: Path;
  template(value: Json, ...at: Path): Template;
  condition(value: Json, ...at: Path): Condition;
  /**
   * Compiles a list of steps that this one holds.
   * @param names further names that their templates may read
   */
  steps(value: Json, names: readonly string[], ...at: Path): NestedSteps;
  /**
   * Says that the block uses a connection. A run is refused where there is none that is active.
   * @param named id or name of the connection, if the configuration names one without a template
   */
  requireConnection(provider: string, named: string | null): void;
  /** Refuses the definition. */
  fail(message: string, ...at: Path): never;
}

/** What is wrong with a configuration. */
export interface ConfigIssue {
  message: string;
  /** Within the configuration. */
  path: Path;
}

/** A step's members beside `id`, `type` and `name`, as far as they configure its block. */
export type StepExample = JsonObject & { config: JsonObject };

/** How a type looks as a block of a graph (contracts/decisions §7). What is absent is as in a list of steps. */
export interface GraphForm {
  /** Class whose rules the configuration of a graph's block must satisfy, before {@link compile}. */
  readonly config?: new () => object;
  /** Members of the configuration that hold no references to other blocks. */
  readonly verbatim?: readonly string[];
  /**
   * Makes the configuration that {@link BlockType.config} describes of a graph block's. May fail through the context.
   * @param followed routes that edges out of the block name
   */
  readonly toConfig?: (config: JsonObject, context: CompileContext, followed: ReadonlySet<string>) => JsonObject;
  /** Routes that its edges may name, by its configuration in the graph. */
  readonly routes?: (config: JsonObject) => readonly string[];
  /** Used in place of {@link BlockType.compile}. */
  readonly compile?: (config: JsonObject, context: CompileContext) => CompiledBlock;
  /**
   * What references to the block read, `<block.output.x>` and others. Default: `{output}`.
   * @param input the step's input as recorded
   */
  readonly toData?: (output: Json, input: Json) => JsonObject;
  /** Its output is the run's. */
  readonly answers?: true;
}

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
  /** Members of the configuration that are JSON Schemas: saving proves that they compile before the block does. */
  readonly schemaMembers?: readonly string[];
  /**
   * Looks for what {@link compile} cannot see at once: it may ask another process. Called when a definition is saved, with a configuration that
   * compiles, also in a graph.
   * @param organizationId whose definition it is, where that is known: what it costs is shared fairly
   * @returns what is wrong; null: nothing
   */
  readonly prove?: (config: JsonObject, organizationId?: string) => Promise<ConfigIssue | null>;
  /** Valid steps of this type, without id and type: shown in the API description, and the conformance suite's material. */
  readonly examples: readonly StepExample[];
  /** Default: as in a list of steps. */
  readonly graph?: GraphForm;
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
