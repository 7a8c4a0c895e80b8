import type { Json, JsonObject } from '#libs/json-guard';

/** What steps can do, by resource. */
export const PLATFORM_OPERATIONS = {
  agents: ['list', 'get', 'create', 'update', 'delete'],
  workflows: ['list', 'get', 'run'],
  runs: ['list', 'get', 'cancel', 'retry'],
} as const;

export type PlatformResource = keyof typeof PLATFORM_OPERATIONS;
export const PLATFORM_RESOURCES = Object.keys(PLATFORM_OPERATIONS) as PlatformResource[];

/** Whether an operation is about one thing that exists. */
export const needsId = (operation: string): boolean => operation !== 'list' && operation !== 'create';

/** One call, in the name of a run. */
export interface PlatformRequest {
  organizationId: string;
  runId: string;
  resource: PlatformResource;
  /** One of the resource's; not `workflows.run`, which is a run below the step. */
  operation: string;
  /** In either form; null where the operation needs none. */
  id: string | null;
  /** As the native API takes it. */
  body: JsonObject;
  /** The query, as the native API takes it. */
  params: JsonObject;
  /** What is created under the same key is created once. */
  idempotencyKey: string;
}

export interface PlatformAnswer {
  /** As over HTTP. */
  status: number;
  /** As the native API answers callers with `Authorization: Bearer`; null where it answers nothing. */
  body: Json;
}

/** Why nothing was done. */
export interface PlatformRefusal {
  refused: {
    /** As over HTTP: `FORBIDDEN`, `NOT_FOUND`, `VALIDATION_ERROR` … */
    code: string;
    message: string;
  };
  /** Whether the same call could succeed later. */
  retryable: boolean;
}

/** The server's own API. Whatever is asked, the key that started the run must be allowed to do it at that moment. */
export abstract class PlatformApi {
  abstract call(request: PlatformRequest): Promise<PlatformAnswer | PlatformRefusal>;

  /**
   * Whether the run's key may start a workflow.
   * @param workflowId in either form
   * @returns null: it may
   */
  abstract mayRun(
    run: Pick<PlatformRequest, 'organizationId' | 'runId'>,
    workflowId: string,
  ): Promise<PlatformRefusal | null>;
}
