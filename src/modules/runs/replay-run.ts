import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import type { Plan } from '#libs/engine';
import { DomainError, validationError } from '../../platform/errors/index.js';
import { assertScope, type Caller } from '../auth/index.js';
import { PlanCache, workflowNotFound } from '../workflows/index.js';
import { ReadPayloads } from './payloads/read-payloads.js';
import { takeOver } from './replay-from-step.js';
import type { RunEntity } from './run.entity.js';
import { RunReader } from './run-reader.js';
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
    private readonly payloads: ReadPayloads,
    private readonly plans: PlanCache,
    private readonly starter: StartRun,
    private readonly batches: StartBatch,
  ) {}

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR, PAYLOAD_ERASED, and whatever StartRun throws */
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

  private async toStartRequest(caller: Caller, kept: RunEntity, asked: ReplayRequest): Promise<StartRequest> {
    const test = kept.trigger === 'test';
    if (test) assertScope(caller, 'workflows:write');
    const { fromStep, idempotencyKey, requestId, version = kept.workflowVersion } = asked;
    refuseBoth(asked);
    const original = asked.input === undefined ? await this.payloads.openForRepeat(kept) : kept;
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
            await this.payloads.listEventsForRepeat(original),
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

function refuseBoth({ input, fromStep }: ReplayRequest): void {
  if (fromStep === undefined || input === undefined) return;
  const message = 'cannot be replaced together with fromStep: the steps taken over have run with the original input';
  throw validationError('Request validation failed', { details: [{ path: ['input'], message }] });
}
