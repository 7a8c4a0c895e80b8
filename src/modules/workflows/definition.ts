import type { Json, JsonObject } from '#libs/json-guard';

/** A step as its author wrote it. */
export interface StepDefinition {
  id: string;
  type: string;
  name?: string;
  config?: JsonObject;
  retry?: RetryDefinition;
  retryConfig?: RetryDefinition;
  timeoutMs?: number;
  onError?: 'fail' | 'continue';
  errorHandling?: { strategy: 'fail' | 'continue'; fallback?: Json };
  action?: string;
}

export interface RetryDefinition {
  maxAttempts?: number;
  initialDelayMs?: number;
  factor?: number;
  maxDelayMs?: number;
}

export interface WorkflowSettings {
  /** Limit of a whole run from its first start, waits included. Default 24 h. */
  maxDurationMs?: number;
  /** How long a run may stay queued before it ends as timed out. Default 24 h. */
  queueTtlMs?: number;
}

/** What a version holds. */
export interface WorkflowDefinition {
  trigger: { type: 'api' };
  inputSchema?: Json;
  outputSchema?: Json;
  steps: StepDefinition[];
  settings?: WorkflowSettings;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_MAX_DURATION_MS = DAY_MS;
export const DEFAULT_QUEUE_TTL_MS = DAY_MS;
/** Longest `maxDurationMs` and `queueTtlMs`: 30 days. */
export const LONGEST_MS = 30 * DAY_MS;
