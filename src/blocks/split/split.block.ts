import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { SplitConfigDto } from './split.config.dto.js';

@Injectable()
export class SplitBlock implements BlockType {
  readonly type = 'split';
  readonly description = 'Passes its input on to every block after it; they run at the same time.';
  readonly effect = 'pure';
  readonly config = SplitConfigDto;
  readonly examples = [{ config: {} }, { config: { input: '{{input.items}}', branches: 3 } }];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { input = null } = config;
    const template = context.template(input, 'input');
    const passesOn = input === null || input === '';
    return {
      resolve: (scope) => ({ input: template.resolve(scope) }),
      run: (resolved, { upstream }) => ({
        kind: 'done',
        output: passesOn ? upstream : ((resolved as JsonObject)['input'] ?? null),
      }),
    };
  }
}
