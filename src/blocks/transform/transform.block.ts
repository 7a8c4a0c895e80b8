import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileReshape } from './reshape.js';
import { TransformConfigDto } from './transform.config.dto.js';

@Injectable()
export class TransformBlock implements BlockType {
  readonly type = 'transform';
  readonly description =
    'Builds an object from the input, variables and the outputs of earlier steps, or maps, normalizes, enriches and validates one by rules.';
  readonly effect = 'pure';
  readonly config = TransformConfigDto;
  readonly schemaMembers = ['targetSchema'];
  readonly examples = [
    {
      config: { mapping: { total: "{{input.items | map: 'quantity * price' | sum}}", order: { id: '{{input.id}}' } } },
    },
    {
      config: {
        sourceData: '{{input}}',
        mappingRules: [{ source: 'customer.first_name', target: 'name', transform: 'capitalize' }],
        normalizations: [{ field: 'name', type: 'whitespace' }],
        validationRules: [{ field: 'name', rule: 'maxLength', value: 100 }],
      },
    },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { mapping, sourceData } = config;
    if (sourceData === undefined || sourceData === null) return compileMapping(config, context);
    const template = context.template({ sourceData, mapping: mapping ?? null });
    const reshape = compileReshape(config, context);
    return {
      resolve: (scope) => template.resolve(scope),
      run: (input) => {
        const { sourceData: source, mapping: added } = input as { sourceData: Json; mapping: JsonObject | null };
        const result = reshape(source, added);
        if ('output' in result) return { kind: 'done', output: result.output };
        return { kind: 'failed', error: { code: 'TRANSFORM_FAILED', message: result.error }, retryable: false };
      },
    };
  }
}

function compileMapping({ mapping, ...rest }: JsonObject, context: CompileContext): CompiledBlock {
  const [rule] = Object.entries(rest).flatMap(([member, value]) => (value === null ? [] : member));
  if (rule !== undefined) context.fail(`is needed by ${rule}`, 'sourceData');
  if (mapping === undefined || mapping === null) return context.fail('Required', 'mapping');
  const template = context.template(mapping, 'mapping');
  return {
    resolve: (scope) => ({ mapping: template.resolve(scope) }),
    run: (input) => ({ kind: 'done', output: (input as { mapping: Json }).mapping }),
  };
}
