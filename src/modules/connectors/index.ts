/**
 * What connectors this server has, for those who write workflows and make connections. The connectors themselves are `src/connectors/`.
 */
export { ConnectorsApiModule } from './connectors-api.module.js';
