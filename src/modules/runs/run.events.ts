import type { StepEvent } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import type { RunError } from './run.errors.js';

/** What happens to a run besides its steps. `at` is ISO 8601. */
export type RunLifecycleEvent =
  | { type: 'run.queued'; at: string }
  | { type: 'run.started'; at: string; attempt: number }
  | { type: 'run.waiting'; at: string; until: string | null }
  | { type: 'run.retried'; at: string; attempt: number }
  | { type: 'run.completed'; at: string; output: Json }
  | { type: 'run.failed' | 'run.cancelled' | 'run.timed_out'; at: string; error: RunError };

/** A run's events, numbered from 1 without gaps; the number is the `id` of the event in a stream. */
export type RunEvent = RunLifecycleEvent | StepEvent;

export const now = (): string => new Date().toISOString();
