import { Injectable } from '@nestjs/common';
import type { BlockContext, BlockOutcome, BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import {
  callOperation,
  type Connector,
  ConnectionVault,
  ConnectorRegistry,
  findStaticIssues,
  type Operation,
} from '#libs/connector-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import { compileConnection } from './connection-name.js';

const NAME = /^[A-Za-z0-9_-]{1,100}$/;

@Injectable()
export class ActionBlock implements BlockType {
  readonly type = 'action';
  readonly description =
    'Runs an operation of a connector, such as `stripe.createInvoice`; `GET /api/v1/connectors` lists them.';
  readonly effect = 'external';
  /** The parameters are the operation's. */
  readonly config = null;
  readonly retry = { ...DEFAULT_RETRY, maxAttempts: 3 };
  readonly graph: GraphForm = { toConfig };
  readonly examples = [
    { action: 'stripe.createInvoice', config: { customerId: '{{input.customerId}}', amount: '{{input.total}}' } },
    { config: { connector: 'slack', action: 'postMessage', channel: '#orders', text: 'Order {{input.orderId}}' } },
  ];

  constructor(
    private readonly connectors: ConnectorRegistry,
    private readonly vault: ConnectionVault,
  ) {}

  compile(config: JsonObject, context: CompileContext, step: JsonObject): CompiledBlock {
    const target = typeof step['action'] === 'string' ? named(step['action'], config) : inConfig(config, context);
    const { connector, operation } = this.find(target, context);
    const { connection: reference, ...parameters } = target.parameters;
    const connection = compileConnection(connector, reference, context);
    checkStatic(operation, parameters, context);
    const template = context.template(parameters);
    const shown = (resolved: JsonObject) => operation.shown?.(resolved) ?? resolved;
    return {
      resolve: (scope) => ({
        action: `${connector.name}.${operation.name}`,
        ...(connection.isGiven && { connection: connection.resolve(scope) }),
        parameters: shown(template.resolve(scope) as JsonObject),
      }),
      run: (_input: Json, run: BlockContext): Promise<BlockOutcome> => {
        const resolved = template.resolve(run.scope) as JsonObject;
        return callOperation(
          this.vault,
          { connector, operation, parameters: resolved, connection: connection.resolve(run.scope) },
          run,
        );
      },
    };
  }

  private find(target: Target, context: CompileContext): { connector: Connector; operation: Operation } {
    const connector = this.connectors.find(target.connector);
    if (!connector) {
      const known = this.connectors.connectors.map(({ name }) => name).join(', ');
      return context.fail(`unknown connector "${target.connector}"; known connectors are ${known}`);
    }
    const operation = connector.operations.find(({ name }) => name === target.operation);
    if (operation) return { connector, operation };
    const known = connector.operations.map(({ name }) => name).join(', ');
    return context.fail(`${connector.name} has no operation "${target.operation}"; it has ${known}`);
  }
}

/** A block has `action: "connector.operation"` in its configuration. */
function toConfig({ action, ...config }: JsonObject): JsonObject {
  if (typeof action !== 'string') return config;
  const { connector, operation } = named(action, config);
  return operation === '' ? { ...config, action } : { ...config, connector, action: operation };
}

interface Target {
  connector: string;
  operation: string;
  parameters: JsonObject;
}

function named(action: string, parameters: JsonObject): Target {
  const [connector = '', operation = ''] = action.split('.');
  return { connector, operation, parameters };
}

function inConfig({ connector, action, ...parameters }: JsonObject, context: CompileContext): Target {
  if (connector === undefined && action === undefined) {
    return context.fail('needs "action" beside "config", such as "stripe.createInvoice"');
  }
  if (typeof connector !== 'string' || !NAME.test(connector))
    return context.fail('must name the connector', 'connector');
  if (typeof action !== 'string' || !NAME.test(action))
    return context.fail("must name the connector's operation", 'action');
  return { connector, operation: action, parameters };
}

/** Refuses parameters that no template can make right; the others are checked when they are resolved. */
function checkStatic(operation: Operation, parameters: JsonObject, context: CompileContext): void {
  const [issue] = findStaticIssues(operation, parameters, (value) => context.template(value).isStatic);
  if (issue) context.fail(`${issue.path.join('.')} ${issue.message}`.trim(), ...issue.path);
}
