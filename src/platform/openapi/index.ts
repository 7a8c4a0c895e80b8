/**
 * The API description. Most of it comes from the DTOs' comments and the controllers' types; what follows from the edge (error
 * answers, envelopes, headers, security) is added here, once for all operations.
 */
export { buildOpenApi, type OpenApiOptions } from './build-openapi.js';
export { Answers, Errors, EventStreamOf, PageOf } from './decorators.js';
export type { Schema } from './description.js';
export { setupDocs } from './setup-docs.js';
