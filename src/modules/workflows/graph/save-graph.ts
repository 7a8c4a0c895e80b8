import { Injectable } from '@nestjs/common';
import { validationError } from '../../../platform/errors/index.js';
import type { Caller } from '../../auth/index.js';
import type { GraphDefinition, WorkflowDefinition } from '../definition.js';
import { SaveWorkflow } from '../save-workflow.js';
import { triggerOf } from './graph-trigger.js';

/** A new graph, without blocks. */
export type NewGraph = { name: string; description?: string } & Partial<Pick<GraphDefinition, 'variables' | 'color'>>;

/** Members left out stay as they are. */
export type GraphChange = { name?: string; description?: string } & Partial<GraphDefinition>;

const EMPTY: GraphDefinition = { blocks: [], edges: [], variables: {} };

/** Creates and changes workflows that are graphs. */
@Injectable()
export class SaveGraph {
  constructor(private readonly workflows: SaveWorkflow) {}

  /** @returns the new workflow's id */
  create(caller: Caller, { name, description, variables, color }: NewGraph): Promise<string> {
    const graph = { ...EMPTY, ...(variables && { variables }), ...(color !== undefined && { color }) };
    const body = { name, ...(description !== undefined && { description }) };
    return this.workflows.createWith(caller, body, { trigger: { type: 'api' }, steps: [], graph });
  }

  /** Blocks and edges are replaced together, and take the place of a list of steps; what else a workflow has stays. */
  update(caller: Caller, id: string, { name, description, ...graph }: GraphChange): Promise<void> {
    const body = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
    return this.workflows.change(caller, id, (definition) => changed(definition, graph), body);
  }
}

function changed(definition: WorkflowDefinition, change: Partial<GraphDefinition>): WorkflowDefinition | null {
  if (Object.keys(change).length === 0) return null;
  if (!definition.graph && change.blocks === undefined) {
    throw validationError('The workflow is a list of steps, which has no variables and no color; save a graph first');
  }
  const graph = { ...EMPTY, ...definition.graph, ...change };
  return { ...definition, trigger: triggerOf(graph, definition), steps: [], graph };
}
