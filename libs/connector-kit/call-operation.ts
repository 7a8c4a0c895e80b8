import type { BlockContext, BlockOutcome } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { ConnectionAbsent, ConnectionFailure, type ConnectionVault, type OpenConnection } from './connection.js';
import type { Connector, Operation, OperationCall, Refused } from './connector.js';
import { checkParameters } from './parameters.js';
import { secretsOf } from './secrets-of.js';

/** What a step calls. */
export interface StepCall {
  connector: Connector;
  operation: Operation;
  /** Resolved, not yet checked. */
  parameters: JsonObject;
  /** Id or name of the connection, as the step has it; null: none. */
  connection: string | null;
}

/** Issues that one error message names. */
const MOST_ISSUES = 5;

/**
 * Calls an operation as a step: checks the parameters, opens the connection, hides its secrets from the run's records, and tries once more
 * with a renewed one where the provider refuses it.
 */
export async function callOperation(
  vault: ConnectionVault,
  step: StepCall,
  context: BlockContext,
): Promise<BlockOutcome> {
  const checked = checkParameters(step.operation, step.parameters);
  if (!checked.ok) {
    const issues = checked.issues
      .slice(0, MOST_ISSUES)
      .map(({ path, message }) => `${path.join('.')} ${message}`.trim());
    return failed('INPUT_INVALID', `The parameters of ${nameOf(step)} are not valid: ${issues.join('; ')}`);
  }
  const call = { ...callFrom(context), parameters: checked.value as JsonObject };
  try {
    const connection = await open(vault, step, context);
    const outcome = await step.operation.run({ ...call, connection });
    if (outcome.kind !== 'refused') return outcome;
    if (!connection) return connectionError(outcome.message);
    return await retryRenewed(vault, step, context, { ...call, connection }, outcome);
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) throw error;
    return connectionError(error.message, error.retryable);
  }
}

async function open(vault: ConnectionVault, step: StepCall, context: BlockContext): Promise<OpenConnection | null> {
  const { connection: kind, name: provider } = step.connector;
  if (!kind) return null;
  const { organizationId, connectionId: chosen } = context;
  try {
    const connection = await vault.open({ organizationId, provider, named: step.connection, chosen });
    context.hide(secretsOf(connection));
    return connection;
  } catch (error) {
    if (kind.optional && error instanceof ConnectionAbsent) return null;
    throw error;
  }
}

async function retryRenewed(
  vault: ConnectionVault,
  step: StepCall,
  context: BlockContext,
  call: OperationCall & { connection: OpenConnection },
  refused: Refused,
): Promise<BlockOutcome> {
  const renewed = await renew(vault, context.organizationId, call.connection);
  if (renewed instanceof ConnectionFailure) {
    return renewed.retryable
      ? connectionError(renewed.message, true)
      : refusal(step, call.connection, `${refused.message} ${renewed.message}`);
  }
  context.hide(secretsOf(renewed));
  const outcome = await step.operation.run({ ...call, connection: renewed });
  return outcome.kind === 'refused' ? refusal(step, renewed, outcome.message) : outcome;
}

async function renew(
  vault: ConnectionVault,
  organizationId: string,
  connection: OpenConnection,
): Promise<OpenConnection | ConnectionFailure> {
  try {
    return await vault.renew(organizationId, connection);
  } catch (error) {
    if (error instanceof ConnectionFailure) return error;
    throw error;
  }
}

const refusal = ({ connector }: StepCall, { name }: OpenConnection, message: string): BlockOutcome =>
  connectionError(`${connector.title} refuses the credentials of the connection "${name}": ${message}`);

function callFrom({
  organizationId,
  runId,
  stepId,
  attempt,
  idempotencyKey,
  signal,
  now,
}: BlockContext): Omit<OperationCall, 'parameters' | 'connection'> {
  return { organizationId, runId, stepId, attempt, idempotencyKey, signal, now };
}

const nameOf = ({ connector, operation }: StepCall): string => `${connector.name}.${operation.name}`;

const connectionError = (message: string, retryable = false): BlockOutcome =>
  failed('CONNECTION_ERROR', message, retryable);

const failed = (code: string, message: string, retryable = false): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable,
});
