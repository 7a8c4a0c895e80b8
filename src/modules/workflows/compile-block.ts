import type { BlockType, CompileContext, CompiledBlock, NestedSteps } from '#libs/block-kit';
import type { PlanNode } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import { type Aliases, compileCondition, compileTemplate, type Path, TemplateError } from '#libs/templates';
import type { RetryDefinition, StepDefinition } from './definition.js';
import type { DefinitionIssue } from './definition-issue.js';
import { given } from './given.js';

/** A connection that a step needs. */
export interface RequiredConnection {
  provider: string;
  /** Id or name of it, where the step names one. */
  named: string | null;
  stepId: string;
}

/** Where a block stands in a definition, and what compiling it finds. */
export interface BlockPlace {
  stepId: string;
  /** Of its configuration. */
  path: Path;
  /** Names that templates may read besides the roots. */
  names: readonly string[];
  /** Names that stand for the beginning of a path, in conditions. */
  aliases?: Aliases;
  /** Steps that its templates read, with where. */
  reads: { id: string; path: Path }[];
  connections: RequiredConnection[];
  /** @param path from the block on */
  at: (message: string, ...path: Path) => DefinitionIssue;
  /** Compiles steps that it holds, at `at` of its configuration. */
  nest: (value: Json, names: readonly string[], at: Path) => NestedSteps;
}

/** Default limit of one attempt of an external step. */
const EXTERNAL_TIMEOUT_MS = 30_000;
/** A step with a `retry` that does not say how often is tried this many times. */
const RETRY_ATTEMPTS = 3;

/** Gives a block its context; what is wrong with its templates is thrown as an issue of its place. */
export function compileBlock(compile: (context: CompileContext) => CompiledBlock, place: BlockPlace): CompiledBlock {
  const note = <T extends { references: readonly (readonly string[])[] }>(compiled: T, at: Path): T => {
    for (const [root, id] of compiled.references) {
      if (root === 'steps' && id !== undefined) place.reads.push({ id, path: ['config', ...at] });
    }
    return compiled;
  };
  const context: CompileContext = {
    path: place.path,
    template: (value, ...at) => note(compileTemplate(value, at), at),
    condition: (value, ...at) => note(compileCondition(value, at, place.names, place.aliases), at),
    steps: (value, names, ...at) => place.nest(value, names, at),
    requireConnection: (provider, named) => void place.connections.push({ provider, named, stepId: place.stepId }),
    fail: (message, ...at) => {
      throw place.at(message, 'config', ...at);
    },
  };
  try {
    return compile(context);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const position = error.position === undefined ? '' : ` (at position ${error.position})`;
    throw place.at(`${error.message}${position}`, 'config', ...error.path);
  }
}

/** What a node needs of its step beside the block. */
type NodeSource = Pick<StepDefinition, 'id' | 'name' | 'timeoutMs'> & { retry?: RetryDefinition | undefined };

export function toNode(
  step: NodeSource,
  type: BlockType,
  block: CompiledBlock,
  onError: PlanNode['onError'],
): PlanNode {
  const policy = step.retry;
  const retry = { ...DEFAULT_RETRY, ...type.retry, ...(policy && { maxAttempts: RETRY_ATTEMPTS, ...given(policy) }) };
  const timeoutMs = step.timeoutMs ?? type.timeoutMs ?? (type.effect === 'external' ? EXTERNAL_TIMEOUT_MS : undefined);
  return {
    id: step.id,
    type: type.type,
    effect: block.effect ?? type.effect,
    block,
    retry,
    onError,
    ...(step.name && { name: step.name }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}
