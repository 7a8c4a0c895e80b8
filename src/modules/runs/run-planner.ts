import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { type Issue, validationError } from '../../platform/errors/index.js';
import { assertBoundTo } from '../auth/index.js';
import { PlanCache, type WorkflowHead, workflowNotActive, workflowNotFound } from '../workflows/index.js';
import { idempotencyMismatch } from './run.errors.js';
import { RunRepository } from './run.repository.js';
import type { RunOptions, Starter, StartRequest } from './run-request.js';

/** `startAt` may be this far ahead: 30 days. */
const LONGEST_AHEAD_MS = 30 * 24 * 60 * 60 * 1000;

type PlanRequest = Pick<StartRequest, 'workflowId' | 'input' | 'trigger' | 'options'>;

/** What a run of a request would do. */
export interface PlannedRun {
  /** The workflow with the version that would run. */
  head: WorkflowHead;
  /** The version is not the current one. */
  pinned: boolean;
  input: JsonObject;
}

/** Decides what a request would run, or why nothing, or which run it has started before. */
@Injectable()
export class RunPlanner {
  constructor(
    private readonly plans: PlanCache,
    private readonly runs: RunRepository,
  ) {}

  /** Everything that is checked before a run is started, as of now: a dry run has no write that would check it again. */
  async plan(caller: Starter, request: PlanRequest): Promise<PlannedRun> {
    assertBoundTo(caller, request.workflowId);
    const head = await this.plans.findFreshHead(caller.organizationId, request.workflowId);
    if (!head) throw workflowNotFound();
    return this.check(head, request);
  }

  /**
   * The same on a cached head where that says yes; the insert checks it. A used key is answered with its run also when the workflow would not
   * run today.
   * @param print null without an idempotency key
   */
  async planOrReplay(
    caller: Starter,
    request: StartRequest,
    print: Buffer | null,
  ): Promise<PlannedRun | { replay: string }> {
    try {
      return await this.planFast(caller, request);
    } catch (error) {
      const replay = await this.findReplay(caller, request, print);
      if (replay !== null) return { replay };
      throw error;
    }
  }

  /** Which run the request's key stands for by now, if any. */
  async findReplay(caller: Starter, request: StartRequest, print: Buffer | null): Promise<string | null> {
    if (request.idempotencyKey === null || !print) return null;
    const { workflowId, idempotencyKey } = request;
    const known = await this.runs.findIdempotentRun(caller.organizationId, workflowId, idempotencyKey);
    return known && sameRequest(known, print);
  }

  /** Forgets the cached head of a workflow that turned out to have changed. */
  async refresh(caller: Starter, workflowId: string): Promise<void> {
    await this.plans.findFreshHead(caller.organizationId, workflowId);
  }

  private async planFast(caller: Starter, request: PlanRequest): Promise<PlannedRun> {
    assertBoundTo(caller, request.workflowId);
    const head = await this.plans.findHead(caller.organizationId, request.workflowId);
    if (!head) throw workflowNotFound();
    try {
      return await this.check(head, request);
    } catch {
      return this.plan(caller, request);
    }
  }

  private async check(current: WorkflowHead, request: PlanRequest): Promise<PlannedRun> {
    const { status } = current;
    if (request.trigger === 'test' ? status === 'archived' : status !== 'active') throw workflowNotActive(status);
    checkTimes(request.options);
    const head = await this.versionOf(current, request.options?.version);
    const pinned = head !== current;
    if (!head.compiled.input) return { head, pinned, input: request.input };
    const result = head.compiled.input.validate(request.input);
    if (!result.ok) throw validationError('Input validation failed', { details: result.issues });
    return { head, pinned, input: result.value as JsonObject };
  }

  private async versionOf(current: WorkflowHead, version: number | undefined): Promise<WorkflowHead> {
    if (version === undefined || version === current.version) return current;
    const pinned = version < current.version ? await this.plans.findVersion(current, version) : null;
    if (pinned) return pinned;
    const message = `does not exist; the workflow has the versions 1 to ${current.version}`;
    throw validationError('Request validation failed', { details: [{ path: ['version'], message }] });
  }
}

/** @throws DomainError IDEMPOTENCY_MISMATCH */
export function sameRequest(known: { runId: string; fingerprint: Buffer }, print: Buffer): string {
  if (known.fingerprint.equals(print)) return known.runId;
  throw idempotencyMismatch(
    'This idempotency key was used for a different request; use a new key or send the same request',
  );
}

function checkTimes({ startAt, expiresAt, concurrencyKey, concurrencyMode }: RunOptions = {}): void {
  const details: Issue[] = [];
  if (startAt && startAt.getTime() > Date.now() + LONGEST_AHEAD_MS)
    details.push({ path: ['startAt'], message: 'must be at most 30 days ahead' });
  if (expiresAt && startAt && expiresAt <= startAt)
    details.push({ path: ['expiresAt'], message: 'must be later than startAt' });
  else if (expiresAt && expiresAt.getTime() <= Date.now())
    details.push({ path: ['expiresAt'], message: 'must be in the future' });
  if (concurrencyMode !== undefined && concurrencyKey === undefined)
    details.push({ path: ['concurrencyMode'], message: 'needs a concurrencyKey' });
  if (details.length > 0) throw validationError('Request validation failed', { details });
}
