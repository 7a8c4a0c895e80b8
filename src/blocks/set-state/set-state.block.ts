import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import type { Scope } from '#libs/templates';
import { SetStateConfigDto } from './set-state.config.dto.js';

/** Templates read a variable as `variables.name`, or as `variables["any name"]`. */
const NAME = /^[^{}"'\\]{1,100}$/;

@Injectable()
export class SetStateBlock implements BlockType {
  readonly type = 'set_state';
  readonly description = 'Sets workflow variables, which the steps that follow read as `variables.<name>`.';
  readonly effect = 'pure';
  readonly config = SetStateConfigDto;
  readonly examples = [
    { config: { variables: { currency: '{{input.currency}}', attempts: 1 } } },
    { config: { name: 'customer', value: { id: '{{input.customerId}}' } } },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const resolve = compileVariables(config, context);
    return {
      resolve: (scope) => ({ variables: resolve(scope) }),
      run: (input) => {
        const values = (input as { variables: JsonObject }).variables;
        return { kind: 'done', output: values, variables: values };
      },
    };
  }
}

/** The values of either form. */
function compileVariables(config: SetStateConfigDto, context: CompileContext): (scope: Scope) => Json {
  const { variables, value, name, key } = config;
  const [single, ...more] = Object.entries({ name, key }).filter(([, text]) => typeof text === 'string');
  if (variables && !single && value === undefined) {
    checkNames(Object.keys(variables), context, 'variables');
    const template = context.template(variables, 'variables');
    return (scope) => template.resolve(scope);
  }
  if (!variables && single?.[1] !== undefined && more.length === 0 && value !== undefined) {
    const [member, variable] = single;
    checkNames([variable], context, member);
    const template = context.template(value, 'value');
    return (scope) => ({ [variable]: template.resolve(scope) });
  }
  return context.fail('needs either "variables", or one "name" (or "key") and its "value"');
}

function checkNames(names: readonly string[], context: CompileContext, member: string): void {
  const bad = names.find((name) => !NAME.test(name) || name === '__proto__');
  if (bad === undefined) return;
  context.fail(
    `"${bad.slice(0, 100)}" cannot name a variable: 1 to 100 characters, no braces, quotes or backslashes`,
    member,
  );
}
