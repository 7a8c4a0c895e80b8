/**
 * Logs: JSON lines on standard output. Secrets are removed by name and by value; inputs and outputs of runs are not logged.
 * Modules log through `Logger` of `@nestjs/common`; `main.ts` hands a {@link JsonLogger} to Nest.
 */
export { JsonLogger } from './json-logger.js';
export { addLogFields, logRequest } from './request-log.js';
