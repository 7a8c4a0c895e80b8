import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { toPairs } from '#libs/http-exchange';
import { ResponseConfigDto } from './response.config.dto.js';

@Injectable()
export class ResponseBlock implements BlockType {
  readonly type = 'response';
  readonly description = "Ends the run; its output is the run's output.";
  readonly effect = 'pure';
  readonly config = ResponseConfigDto;
  readonly graph: GraphForm = { toConfig, toData, answers: true };
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

/** Editors send empty fields, and headers as the rows of a table. */
function toConfig({ output, status, headers, ...rest }: JsonObject, context: CompileContext): JsonObject {
  const pairs = toPairs(headers === '' ? null : (headers ?? null));
  if (!pairs) return context.fail('must be an object or a list of {key, value} rows', 'headers');
  return {
    ...rest,
    headers: Object.fromEntries(pairs),
    ...(output !== undefined && output !== '' && { output }),
    ...(status !== undefined && status !== '' && { status }),
  };
}

function toData(output: Json, input: Json): JsonObject {
  const { status = 200, headers = {} } = input as JsonObject;
  return { output, status, headers };
}
