/**
 * Runs code that users wrote: JavaScript in QuickJS, Python in Monty, both inside child processes that can be killed. Words: a *job* is one
 * piece of code with its variables; a *child* runs one job at a time and is replaced after any job that went wrong.
 * The code sees its variables and prints; there are no files, no network, no environment, no clock beyond the language's own.
 */
export type { CodeLanguage, CodeLimits, CodeProblem, CodeResult } from './protocol.js';
export { type CodeJob, Sandbox, type SandboxOptions } from './sandbox.js';
