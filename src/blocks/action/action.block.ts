import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';

const NAME = /^[A-Za-z0-9_-]{1,100}$/;

@Injectable()
export class ActionBlock implements BlockType {
  readonly type = 'action';
  readonly description = 'Runs an operation of a connector, such as `stripe.createInvoice`.';
  readonly effect = 'external';
  /** The parameters are the operation's. */
  readonly config = null;
  readonly examples = [
    { action: 'stripe.createInvoice', config: { customerId: '{{input.customerId}}', amount: '{{input.total}}' } },
    { config: { connector: 'slack', action: 'postMessage', channel: '#orders', text: 'Order {{input.orderId}}' } },
  ];

  compile(config: JsonObject, context: CompileContext, step: JsonObject): CompiledBlock {
    const { connector, operation, parameters } =
      typeof step['action'] === 'string' ? named(step['action'], config) : inConfig(config, context);
    const template = context.template(parameters);
    return {
      resolve: (scope) => ({ action: `${connector}.${operation}`, parameters: template.resolve(scope) }),
      run: () => ({
        kind: 'failed',
        error: { code: 'CONNECTION_ERROR', message: `The connector "${connector}" is not installed on this server` },
        retryable: false,
      }),
    };
  }
}

interface Operation {
  connector: string;
  operation: string;
  parameters: JsonObject;
}

function named(action: string, parameters: JsonObject): Operation {
  const [connector = '', operation = ''] = action.split('.');
  return { connector, operation, parameters };
}

function inConfig({ connector, action, ...parameters }: JsonObject, context: CompileContext): Operation {
  if (connector === undefined && action === undefined) {
    return context.fail('needs "action" beside "config", such as "stripe.createInvoice"');
  }
  if (typeof connector !== 'string' || !NAME.test(connector))
    return context.fail('must name the connector', 'connector');
  if (typeof action !== 'string' || !NAME.test(action))
    return context.fail("must name the connector's operation", 'action');
  return { connector, operation: action, parameters };
}
