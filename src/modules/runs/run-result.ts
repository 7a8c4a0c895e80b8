import type { Plan, Progress } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import type { RunView } from './dto/run.dto.js';
import { responseOf, type ResponseParts } from './response-of.js';
import type { RunError } from './run.errors.js';
import type { RunStatus } from './run.status.js';

/** What came of a run, for those who answer with its output alone. */
export interface RunResult {
  status: RunStatus;
  output: Json;
  error: RunError | null;
  response: ResponseParts;
}

export const toRunResult = (run: RunView, plan: Plan, progress: Progress): RunResult => ({
  status: run.status,
  output: run.output,
  error: run.error && { code: run.error.code, message: run.error.message },
  response: responseOf(plan, progress),
});
