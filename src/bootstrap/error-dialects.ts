import { GRAPH_ERRORS } from '../dialects/graphs/index.js';
import type { ErrorDialect } from '../platform/http/index.js';

/** The error shapes of all paths that are not the native API's. */
export const ERROR_DIALECTS: readonly ErrorDialect[] = [GRAPH_ERRORS];
