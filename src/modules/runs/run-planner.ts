import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { DomainError, type Issue, validationError } from '../../platform/errors/index.js';
import { assertBoundTo } from '../auth/index.js';
import { PlanCache, type WorkflowHead, workflowNotActive, workflowNotFound } from '../workflows/index.js';
import { idempotencyMismatch } from './run.errors.js';
import { type ChosenConnection, RunConnections } from './run-connections.js';
import { RunRepository } from './run.repository.js';
import { type RunOptions, runsInAnyStatus, type Starter, type StartRequest } from './run-request.js';

/** `startAt` may be this far ahead: 30 days. */
const LONGEST_AHEAD_MS = 30 * 24 * 60 * 60 * 1000;

type PlanRequest = Pick<StartRequest, 'workflowId' | 'input' | 'connectionId' | 'trigger' | 'anyStatus' | 'options'>;

/** A request with its fingerprint; null without an idempotency key. */
export interface KeyedRequest {
  request: StartRequest;
  print: Buffer | null;
}

/** What a run of a request would do. */
export interface PlannedRun {
  /** The workflow with the version that would run. */
  head: WorkflowHead;
  /** The version is not the current one. */
  pinned: boolean;
  input: JsonObject;
  /** The connection that the request chose. */
  connection: ChosenConnection | null;
}

/** Decides what a request would run, or why nothing, or which run it has started before. */
@Injectable()
export class RunPlanner {
  constructor(
    private readonly plans: PlanCache,
    private readonly runs: RunRepository,
    private readonly connections: RunConnections,
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
    if (!known) return null;
    if (known.fingerprint.equals(print)) return known.runId;
    throw mismatch();
  }

  /** @throws DomainError NOT_FOUND */
  async assertWorkflow(caller: Starter, workflowId: string): Promise<void> {
    assertBoundTo(caller, workflowId);
    if (!(await this.plans.findHead(caller.organizationId, workflowId))) throw workflowNotFound();
  }

  /** {@link plan} for many requests, reading each workflow once: for each what would run, or why nothing. */
  async planAll(caller: Starter, requests: readonly PlanRequest[]): Promise<(PlannedRun | DomainError)[]> {
    const heads = new Map<string, WorkflowHead | null>();
    for (const id of new Set(requests.map(({ workflowId }) => workflowId)))
      heads.set(id, await this.plans.findFreshHead(caller.organizationId, id));
    const checkConnections = this.connectionCheck();
    return Promise.all(
      requests.map(async (request) => {
        try {
          assertBoundTo(caller, request.workflowId);
          const head = heads.get(request.workflowId);
          return head ? await this.check(head, request, checkConnections) : workflowNotFound();
        } catch (error) {
          if (error instanceof DomainError) return error;
          throw error;
        }
      }),
    );
  }

  /** {@link findReplay} for many requests in one statement: for each the run, a mismatch, or null. */
  async findReplays(caller: Starter, asked: readonly KeyedRequest[]): Promise<(string | DomainError | null)[]> {
    const keys = asked.flatMap(({ request: { workflowId, idempotencyKey: key } }) =>
      key === null ? [] : [{ workflowId, key }],
    );
    const known = keys.length > 0 ? await this.runs.findIdempotentRuns(caller.organizationId, keys) : [];
    const byKey = new Map(known.map((row) => [`${row.workflowId} ${row.key}`, row]));
    return asked.map(({ request: { workflowId, idempotencyKey }, print }) => {
      const row = byKey.get(`${workflowId} ${idempotencyKey ?? ''}`);
      if (!row || !print) return null;
      return row.fingerprint.equals(print) ? row.runId : mismatch();
    });
  }

  /** Forgets the cached head of a workflow that turned out to have changed. */
  async refresh(caller: Starter, workflowId: string): Promise<void> {
    await this.plans.findFreshHead(caller.organizationId, workflowId);
  }

  /** One that asks once for what many requests have in common. */
  private connectionCheck(): ConnectionCheck {
    const known = new Map<string, Promise<ChosenConnection | null>>();
    return ({ organizationId, versionId, compiled }, named) => {
      const key = `${versionId} ${named}`;
      const checking = known.get(key) ?? this.connections.check(organizationId, named, compiled.connections);
      known.set(key, checking);
      return checking;
    };
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

  private async check(
    current: WorkflowHead,
    request: PlanRequest,
    checkConnections: ConnectionCheck = this.connectionCheck(),
  ): Promise<PlannedRun> {
    const { status } = current;
    if (runsInAnyStatus(request) ? status === 'archived' : status !== 'active') throw workflowNotActive(status);
    checkTimes(request.options);
    const head = await this.plans.pin(current, request.options?.version ?? current.version);
    const pinned = head !== current;
    const { defaults } = head.compiled;
    const given = defaults ? { ...defaults, ...request.input } : request.input;
    const result = head.compiled.input?.validate(given) ?? { ok: true, value: given };
    if (!result.ok) throw validationError('Input validation failed', { details: result.issues });
    const connection = await checkConnections(head, request.connectionId);
    return { head, pinned, input: result.value as JsonObject, connection };
  }
}

type ConnectionCheck = (head: WorkflowHead, named: string | null) => Promise<ChosenConnection | null>;

/** The key of a request stands for another one. */
export const mismatch = (): DomainError =>
  idempotencyMismatch('This idempotency key was used for a different request; use a new key or send the same request');

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
