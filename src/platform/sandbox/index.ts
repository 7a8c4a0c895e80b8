/** Where code that users write runs: in processes beside the server, within the operator's bounds. */
export { CodeSandbox } from './code-sandbox.js';
