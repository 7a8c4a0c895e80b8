import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { BlockDefinition, EdgeDefinition } from '../../../modules/workflows/index.js';

/** Blocks and edges; they replace what there was. */
export class GraphBodyDto {
  /** Each has `id` and `type`, and may have `name`, `config`, `enabled` and `position`. */
  blocks: GraphBlockDto[];

  /** Each has `source` and `target`, and may have `id`, `sourceHandle`, `targetHandle` and `condition`. */
  edges?: GraphEdgeDto[];
}

/** Where an editor draws a block, in pixels. */
export class GraphPositionDto {
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
export class GraphBlockDto {
  /**
   * Unique within the graph: letters, digits, spaces, `-`, `_`, `:`, `/` and `@`.
   * @example summarize
   */
  id: string;

  /**
   * The block type.
   * @example agent
   */
  type: string;

  /**
   * Other blocks may refer to it by this name too.
   * @example "Summarize"
   */
  name?: string | null;

  /**
   * What the type takes. Strings may hold `{{variables.x}}` templates and references such as `<start.output.text>`.
   * @example { "message": "Summarize the following document:\n\n{{variables.text}}" }
   */
  @FreeForm()
  config?: JsonObject;

  /**
   * A disabled block is skipped; true by default.
   * @example true
   */
  enabled?: boolean;

  /** Where an editor draws it. */
  position?: GraphPositionDto;
}

/** What leads from one block to another. */
export class GraphEdgeDto {
  /**
   * Names the edge for editors.
   * @example edge-1
   */
  id?: string;

  /**
   * The block it leaves.
   * @example start
   */
  source: string;

  /**
   * The block it leads to.
   * @example summarize
   */
  target: string;

  /**
   * Which of a block's routes it follows, such as `if` or `else` of a condition; `output` follows all.
   * @example output
   */
  sourceHandle?: string;

  /**
   * For editors.
   * @example input
   */
  targetHandle?: string;

  /**
   * The route it follows; wins over `sourceHandle`.
   * @example if
   */
  condition?: string | null;
}

export const toGraphBlockDto = ({ id, type, name, config, enabled, position }: BlockDefinition): GraphBlockDto => ({
  id,
  type,
  name: name ?? null,
  position: position ?? { x: 0, y: 0 },
  config: config ?? {},
  enabled: enabled ?? true,
});

export const toGraphEdgeDto = ({
  id,
  source,
  target,
  sourceHandle,
  targetHandle,
  condition,
}: EdgeDefinition): GraphEdgeDto => ({
  id,
  source,
  target,
  sourceHandle: sourceHandle ?? 'output',
  targetHandle: targetHandle ?? 'input',
  condition: condition ?? null,
});
