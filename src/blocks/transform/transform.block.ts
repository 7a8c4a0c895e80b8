import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { TransformConfigDto } from './transform.config.dto.js';

@Injectable()
export class TransformBlock implements BlockType {
  readonly type = 'transform';
  readonly description = 'Builds an object from the input, variables and the outputs of earlier steps.';
  readonly effect = 'pure';
  readonly config = TransformConfigDto;
  readonly examples = [
    {
      config: { mapping: { total: "{{input.items | map: 'quantity * price' | sum}}", order: { id: '{{input.id}}' } } },
    },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const mapping = context.template((config as unknown as TransformConfigDto).mapping, 'mapping');
    return {
      resolve: (scope) => ({ mapping: mapping.resolve(scope) }),
      run: (input) => ({ kind: 'done', output: (input as { mapping: Json }).mapping }),
    };
  }
}
