/**
 * The contract of a block: what workflows compile and the engine runs. Words: a *block type* is what can be configured, a *block* a
 * configured node of a plan, a *step* its execution in a run, an *attempt* one try of a step.
 */
export type {
  BlockContext,
  BlockOutcome,
  BlockType,
  CompileContext,
  ChildRun,
  ChildRuns,
  CompiledBlock,
  ConfigIssue,
  GraphForm,
  NestedOutcome,
  NestedSteps,
  Resumption,
  StepError,
  StepExample,
} from './block.js';
export { type DecisionLink, DecisionLinks, type DecisionPlace } from './decision-links.js';
export { BlockRegistry } from './registry.js';
