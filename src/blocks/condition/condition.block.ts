import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileBranches, routesOf } from './branches.js';
import { ConditionConfigDto } from './condition.config.dto.js';

const FORMS = ['expression', 'condition', 'conditions'] as const;

@Injectable()
export class ConditionBlock implements BlockType {
  readonly type = 'condition';
  readonly description = 'Takes one of two branches; the steps of the other are skipped.';
  readonly effect = 'pure';
  readonly routes = ['then', 'else'];
  readonly config = ConditionConfigDto;
  readonly graph: GraphForm = {
    routes: routesOf,
    compile: compileBranches,
    toData: (output) => output as JsonObject,
  };
  readonly examples = [
    { config: { expression: '{{input.amount}} > 5000 && input.currency == "usd"' } },
    { config: { conditions: [{ left: '{{input.email}}', operator: 'exists' }, 'input.amount > 0'] } },
    { config: { condition: { or: [{ left: '{{input.plan}}', operator: 'in', right: ['pro', 'team'] }] } } },
  ];

  compile(config: JsonObject, context: CompileContext, step: JsonObject): CompiledBlock {
    const given = FORMS.filter((form) => (config[form] ?? null) !== null);
    const [form = 'expression'] = given;
    if (given.length !== 1) context.fail(`needs exactly one of ${FORMS.join(', ')}`);
    if (goesOn(step))
      context.fail('a condition that failed takes no branch, so onError and errorHandling must be "fail"');
    const source: Json = config[form] ?? null;
    const condition = context.condition(source, form);
    return {
      resolve: () => ({ [form]: source }),
      run: (_input, { scope }) => {
        const result = condition.test(scope);
        return { kind: 'done', output: { result }, route: result ? 'then' : 'else' };
      },
    };
  }
}

function goesOn({ onError, errorHandling }: JsonObject): boolean {
  return onError === 'continue' || (errorHandling as JsonObject | null | undefined)?.['strategy'] === 'continue';
}
