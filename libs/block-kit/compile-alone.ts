import { compileCondition, compileTemplate, type Path, type Scope } from '#libs/templates';
import type { BlockContext, BlockType, CompileContext, CompiledBlock, StepExample } from './block.js';

/** What {@link CompileContext.fail} throws outside a workflow. */
export class DefinitionRefused extends Error {
  constructor(
    message: string,
    /** Within the configuration. */
    readonly path: Path,
  ) {
    super(message);
  }
}

/** A block compiled outside a workflow, for tests. */
export interface LoneBlock extends CompiledBlock {
  /** Static paths that its templates read, each once. */
  references: readonly (readonly string[])[];
  /** Connections that it requires. */
  connections: readonly { provider: string; named: string | null }[];
}

/**
 * Compiles a step that has satisfied its type's `config`.
 * @throws TemplateError or DefinitionRefused for a bad configuration
 */
export function compileAlone(type: BlockType, step: StepExample): LoneBlock {
  const references = new Map<string, readonly string[]>();
  const connections: { provider: string; named: string | null }[] = [];
  const note = <T extends { references: readonly (readonly string[])[] }>(compiled: T): T => {
    for (const reference of compiled.references) references.set(JSON.stringify(reference), reference);
    return compiled;
  };
  const context: CompileContext = {
    path: ['steps', 0, 'config'],
    template: (value, ...at) => note(compileTemplate(value, at)),
    condition: (value, ...at) => note(compileCondition(value, at)),
    steps: () => ({ effect: 'pure' }),
    requireConnection: (provider, named) => void connections.push({ provider, named }),
    fail: (message, ...at) => {
      throw new DefinitionRefused(message, at);
    },
  };
  const block = type.compile(step.config, context, step);
  return { ...block, references: [...references.values()], connections };
}

const NOW = '2026-11-22T10:00:00.000Z';

/** A scope with nothing in it but what is given. */
export const aScope = (members: Partial<Scope> = {}): Scope => ({
  input: {},
  variables: {},
  steps: {},
  run: { id: 'run-1' },
  runId: 'run-1',
  now: NOW,
  ...members,
});

/** A first attempt of step `step-1` in run `run-1`, at 2026-11-22T10:00Z, that nobody aborts. */
export const aContext = (members: Partial<BlockContext> = {}): BlockContext => ({
  organizationId: 'organization-1',
  runId: 'run-1',
  stepId: 'step-1',
  attempt: 1,
  idempotencyKey: 'run-1:step-1',
  signal: new AbortController().signal,
  scope: aScope(),
  connectionId: null,
  hide: () => undefined,
  execute: () => Promise.resolve({ status: 'completed', output: null }),
  children: {
    start: () => Promise.resolve({ refused: { code: 'NOT_FOUND', message: 'Workflow not found' }, retryable: false }),
    find: () => Promise.resolve(null),
  },
  upstream: null,
  now: () => new Date(NOW),
  ...members,
});
