import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { givenMembers } from '../given-members.js';
import { StarterConfigDto } from './starter.config.dto.js';

@Injectable()
export class StarterBlock implements BlockType {
  readonly type = 'starter';
  readonly description = "Puts out the run's input over defaults of its own.";
  readonly effect = 'pure';
  readonly config = StarterConfigDto;
  readonly graph = { toConfig: givenMembers };
  readonly examples = [{ config: {} }, { config: { input: { language: 'en' } } }];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const defaults = context.template(config['input'] ?? {}, 'input');
    return {
      resolve: (scope) => ({ ...(defaults.resolve(scope) as JsonObject), ...membersOf(scope.input) }),
      run: (output) => ({ kind: 'done', output }),
    };
  }
}

const membersOf = (input: unknown): JsonObject =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as JsonObject) : {};
