/**
 * The contract of a connector: an outside system with *operations*, which steps call as `connector.operation`, and *connections*, the
 * credentials of an organization at that system. What opens connections is the {@link ConnectionVault}.
 */
export { callOperation, type StepCall } from './call-operation.js';
export {
  ConnectionAbsent,
  type ConnectionChoice,
  ConnectionFailure,
  ConnectionVault,
  type OpenConnection,
} from './connection.js';
export {
  type ConnectionKind,
  type Connector,
  ConnectorRegistry,
  type Operation,
  type OperationCall,
  type Refused,
  type TestResult,
} from './connector.js';
export { integrationError } from './integration-error.js';
export { findStaticIssues } from './parameters.js';
export { secretsOf } from './secrets-of.js';
