/** The graph dialect (contract 002): `/api/workflows`, `/api/agents` and `/api/webhooks`, on the same workflows and runs as the native API. */
export { GRAPH_ERRORS } from './graph-error-dialect.js';
export { GraphsModule } from './graphs.module.js';
