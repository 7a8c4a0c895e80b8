/**
 * Connectors: outside systems that steps call as `connector.operation`. Each folder is one: its class, its operations, its spec. The rest of
 * the server knows them only as entries of the `ConnectorRegistry`; the conformance suite runs over every entry.
 */
export { ConnectorsModule } from './connectors.module.js';
