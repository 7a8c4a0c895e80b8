/**
 * The HTTP edge: bodies, validation, pages, errors and the two response styles. Controllers and DTOs know nothing of the styles.
 * Words: a *style* is how the native API answers, chosen by the credential header; a *dialect* is the error shape of another
 * contract's paths.
 */
export { configureEdge } from './edge.js';
export type { EdgeRequest } from './edge-request.js';
export { STATUS_OF, toErrorAnswer } from './error-answer.js';
export { ERRORS_PAGE, toErrorEnvelope, toProblem } from './error-bodies.js';
export type { ErrorDialect } from './error-dialect.js';
export { FreeForm, type FreeFormKind, freeFormType } from './free-form.decorator.js';
export { HttpDrain } from './http-drain.js';
export { decodeCursor, type Page, toPage } from './page.js';
export { PageQuery } from './page-query.dto.js';
export { Public, PUBLIC } from './public.decorator.js';
export { isNativePath, responseStyle, type ResponseStyle } from './response-style.js';
export { sendJson } from './send-json.js';
export { findIssues, ValidationPipe } from './validation.js';
