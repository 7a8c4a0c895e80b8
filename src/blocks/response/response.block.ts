import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { ResponseConfigDto } from './response.config.dto.js';

@Injectable()
export class ResponseBlock implements BlockType {
  readonly type = 'response';
  readonly description = "Ends the run; its output is the run's output.";
  readonly effect = 'pure';
  readonly config = ResponseConfigDto;
  readonly examples = [{ config: { output: { total: '{{input.total}}' }, status: 200 } }, { config: {} }];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const template = context.template(config);
    const passesOn = isEmpty(config['output']);
    return {
      resolve: (scope) => template.resolve(scope),
      run: (input, { upstream }) => ({
        kind: 'done',
        output: passesOn ? upstream : ((input as JsonObject)['output'] ?? null),
        ends: true,
      }),
    };
  }
}

function isEmpty(output: Json | undefined): boolean {
  if (output === undefined) return true;
  return typeof output === 'object' && output !== null && !Array.isArray(output) && Object.keys(output).length === 0;
}
