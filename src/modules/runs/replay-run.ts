import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import type { Plan } from '#libs/engine';
import { DomainError, validationError } from '../../platform/errors/index.js';
import { assertScope, type Caller } from '../auth/index.js';
import { PlanCache, workflowNotFound } from '../workflows/index.js';
import { takeOver } from './replay-from-step.js';
import type { RunEntity } from './run.entity.js';
import { RunReader } from './run-reader.js';
import { RunRepository } from './run.repository.js';
import type { StartRequest } from './run-request.js';
import { type BatchAnswer, StartBatch } from './start-batch.js';
import { type StartedRun, StartRun } from './start-run.js';

export interface ReplayRequest {
  /** Default: the original's. */
  input?: JsonObject;
  /** Default: from the beginning. */
  fromStep?: string;
  /** Default: the version that the original has run. */
  version?: number | 'current';
  idempotencyKey: string | null;
  requestId: string | null;
}

/** Starts new runs that repeat earlier ones. */
@Injectable()
export class ReplayRun {
  constructor(
    private readonly reader: RunReader,
    private readonly runs: RunRepository,
    private readonly plans: PlanCache,
    private readonly starter: StartRun,
    private readonly batches: StartBatch,
  ) {}

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR, and whatever StartRun throws */
  async execute(caller: Caller, id: string, asked: ReplayRequest): Promise<StartedRun> {
    const original = await this.reader.getVisible(caller, id);
    return this.starter.execute(caller, await this.toStartRequest(caller, original, asked));
  }

  /**
   * Repeats many runs as they were.
   * @param originals visible to the caller
   * @param askOf the idempotency key of each
   */
  async executeAll(
    caller: Caller,
    originals: readonly RunEntity[],
    askOf: (original: RunEntity) => ReplayRequest,
  ): Promise<BatchAnswer[]> {
    const requests = await Promise.all(
      originals.map((original) =>
        this.toStartRequest(caller, original, askOf(original)).catch((error: unknown) => {
          if (error instanceof DomainError) return error;
          throw error;
        }),
      ),
    );
    const good = requests.filter((request): request is StartRequest => !(request instanceof DomainError));
    const answers = (await this.batches.execute(caller, good)).values();
    return requests.map((request) =>
      request instanceof DomainError ? { error: request } : (answers.next().value as BatchAnswer),
    );
  }

  private async toStartRequest(caller: Caller, original: RunEntity, asked: ReplayRequest): Promise<StartRequest> {
    const test = original.trigger === 'test';
    if (test) assertScope(caller, 'workflows:write');
    const { fromStep, idempotencyKey, requestId, version = original.workflowVersion } = asked;
    assertRepeatable(original, asked);
    return {
      workflowId: original.workflowId,
      input: asked.input ?? (original.input as JsonObject),
      connectionId: original.connectionId,
      trigger: test ? 'test' : 'api',
      idempotencyKey,
      requestId,
      awaited: false,
      options: {
        priority: original.priority,
        ...(original.concurrencyKey !== null && { concurrencyKey: original.concurrencyKey }),
        ...(version !== 'current' && { version }),
      },
      replay: {
        runId: original.id,
        events: [],
        ...(fromStep !== undefined && {
          fromStep,
          events: takeOver(
            await this.planOf(original, version),
            await this.runs.listEvents(original.organizationId, original.id),
            fromStep,
          ),
        }),
      },
    };
  }

  private async planOf(original: RunEntity, version: number | 'current'): Promise<Plan> {
    const { organizationId, workflowId, workflowVersion, versionId } = original;
    if (version === workflowVersion) return (await this.plans.get(organizationId, versionId)).plan;
    const head = await this.plans.findFreshHead(organizationId, workflowId);
    if (!head) throw workflowNotFound();
    return (await this.plans.pin(head, version === 'current' ? head.version : version)).compiled.plan;
  }
}

/** Nothing of a run can be repeated that has not been kept. */
function assertRepeatable({ store }: RunEntity, { input, fromStep }: ReplayRequest): void {
  const refuse = (path: string, message: string) =>
    validationError('Request validation failed', { details: [{ path: [path], message }] });
  if (fromStep !== undefined && input !== undefined)
    throw refuse(
      'input',
      'cannot be replaced together with fromStep: the steps taken over have run with the original input',
    );
  if (store === 'full') return;
  if (fromStep !== undefined) throw refuse('fromStep', 'what the steps of the original run returned has not been kept');
  if (input === undefined) throw refuse('input', 'Required: the input of the original run has not been kept');
}
