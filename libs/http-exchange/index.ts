/**
 * One HTTP exchange of a workflow: how a configured request becomes one on the wire, how it is shown in records, and what its answer means for
 * the step. For every block and connector that lets its users write requests.
 */
export { exchange, networkFailure } from './exchange.js';
export { toPairs } from './name-value-pairs.js';
export { masked, maskUrl, type ResolvedRequest, toHeaders, toRequest } from './outbound-request.js';
export { type AnswerOptions, takeAnswer } from './take-answer.js';
