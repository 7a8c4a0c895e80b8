import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { BlockDefinition, GraphDefinition } from '../definition.js';

/** Where an editor draws a block, in pixels. */
export class PositionDto {
  /**
   * From the left.
   * @example 300
   */
  x: number;

  /**
   * From the top.
   * @example 0
   */
  y: number;
}

/** A block of a graph. */
export class BlockDto {
  /**
   * Unique within the graph.
   * @example summarize
   */
  id: string;

  /**
   * The block type.
   * @example agent
   */
  type: string;

  /**
   * Other blocks may refer to it by this name too; null without one.
   * @example "Summarize"
   */
  name: string | null;

  /**
   * What the type takes. Strings may hold `{{ … }}` templates and references such as `<start.output.text>`. The secret of a webhook is left out.
   * @example { "message": "Summarize: {{variables.text}}" }
   */
  @FreeForm()
  config: JsonObject;

  /**
   * A disabled block is skipped.
   * @example true
   */
  enabled: boolean;

  /** Where an editor draws it. */
  position: PositionDto;
}

/** What leads from one block to another. */
export class EdgeDto {
  /**
   * Names the edge for editors.
   * @example edge-1
   */
  id: string;

  /**
   * The block it leaves.
   * @example start
   */
  source: string;

  /**
   * The block it leads to, which waits for it.
   * @example summarize
   */
  target: string;

  /**
   * Which of a block's routes it follows; `output` follows all.
   * @example output
   */
  sourceHandle: string;

  /**
   * For editors.
   * @example input
   */
  targetHandle: string;

  /**
   * The route it follows; wins over `sourceHandle`. Null: none of its own.
   * @example if
   */
  condition: string | null;
}

/** Blocks and edges. */
export class GraphDto {
  /** What the workflow does. */
  blocks: BlockDto[];

  /** In which order, and on which condition. */
  edges: EdgeDto[];

  /**
   * Defaults of a run's input.
   * @example { "language": "en" }
   */
  @FreeForm()
  variables: JsonObject;
}

export const toGraphDto = ({ blocks, edges, variables }: GraphDefinition): GraphDto => ({
  blocks: blocks.map(toBlockDto),
  edges: edges.map(({ sourceHandle = 'output', targetHandle = 'input', condition = null, ...edge }) => ({
    ...edge,
    sourceHandle,
    targetHandle,
    condition,
  })),
  variables,
});

function toBlockDto({ id, type, name, config = {}, enabled = true, position }: BlockDefinition): BlockDto {
  return { id, type, name: name ?? null, config: withoutSecret(config), enabled, position: position ?? { x: 0, y: 0 } };
}

/** It is stored encrypted, and whoever reads a definition has no use for that. */
const withoutSecret = ({ webhook_secret: _secret, ...config }: JsonObject): JsonObject => config;
