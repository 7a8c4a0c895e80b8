import { Injectable, type MessageEvent } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import type { JsonObject } from '#libs/json-guard';
import { DomainError } from '../../platform/errors/index.js';
import type { Caller } from '../../modules/auth/index.js';
import {
  type RunDto,
  RunAndWait,
  type RunEventDto,
  RunEventStream,
  RunReader,
  type RunWithPayloads,
} from '../../modules/runs/index.js';
import { PlanCache, type WorkflowHead, workflowNotFound } from '../../modules/workflows/index.js';
import { GraphEvents } from './to-graph-events.js';

/** Longest a request waits for its run (contracts/vendors §3). */
const LONGEST_WAIT_MS = 300_000;

/** Who asks for a run of which workflow, and with what. */
export interface ExecuteRequest {
  caller: Caller;
  workflowId: string;
  input: JsonObject;
  idempotencyKey: string | null;
  requestId: string;
}

/** Executes workflows in whatever state they are, unless they are deleted, and reads what they did. */
@Injectable()
export class ExecuteGraph {
  constructor(
    private readonly runs: RunAndWait,
    private readonly reader: RunReader,
    private readonly stream: RunEventStream,
    private readonly plans: PlanCache,
  ) {}

  /** Waits for the run. */
  async execute(request: ExecuteRequest): Promise<{ runId: string; run: RunDto | null; head: WorkflowHead }> {
    const { started, run } = await this.start(request, true);
    const version = run?.workflowVersion;
    const head = started.replayed ? await this.headOf(request, version) : started.head;
    return { runId: started.runId, run, head };
  }

  /** Starts the run and follows it. */
  async follow(request: ExecuteRequest): Promise<{ runId: string; events: Observable<MessageEvent> }> {
    const { started } = await this.start(request, false);
    const run = await this.reader.getVisible(request.caller, started.runId);
    const { plan, definition } = await this.plans.get(request.caller.organizationId, run.versionId);
    const graphEvents = new GraphEvents(plan, definition.graph !== undefined);
    const events = this.stream.start(request.caller, run, 0).pipe(
      mergeMap((message): MessageEvent[] => {
        // Keep-alive comments are passed on.
        if (message.data === undefined) return [message];
        const event = graphEvents.next(message.data as RunEventDto);
        return event ? [{ id: message.id ?? '', data: event }] : [];
      }),
    );
    return { runId: started.runId, events };
  }

  /** The newest runs of a workflow. */
  async list(caller: Caller, workflowId: string, limit: number): Promise<RunWithPayloads[]> {
    await this.headOf({ caller, workflowId });
    return this.reader.listWithPayloads(caller, workflowId, limit);
  }

  /** A run of a workflow, and what it executed. */
  async get(caller: Caller, workflowId: string, runId: string): Promise<{ run: RunDto; head: WorkflowHead }> {
    const { workflowId: owner } = await this.reader.getVisible(caller, runId);
    if (owner !== workflowId) throw workflowNotFound();
    const run = await this.reader.getRun(caller, runId);
    return { run, head: await this.headOf({ caller, workflowId }, run.workflowVersion) };
  }

  private async start({ caller, workflowId, ...rest }: ExecuteRequest, awaited: boolean) {
    const request = {
      ...rest,
      workflowId,
      connectionId: null,
      trigger: 'api' as const,
      anyStatus: true as const,
      awaited,
    };
    try {
      return await this.runs.execute(caller, request, awaited ? LONGEST_WAIT_MS : 0);
    } catch (error) {
      // Only a deleted workflow is in a state in which it cannot be executed.
      if (error instanceof DomainError && error.code === 'INVALID_STATUS') throw workflowNotFound();
      throw error;
    }
  }

  /** The workflow with the version that a run executed, or else the current one. */
  private async headOf(
    { caller, workflowId }: Pick<ExecuteRequest, 'caller' | 'workflowId'>,
    version?: number,
  ): Promise<WorkflowHead> {
    const bound = caller.workflowIds && !caller.workflowIds.includes(workflowId);
    const head = bound ? null : await this.plans.findFreshHead(caller.organizationId, workflowId);
    if (!head || head.status === 'archived') throw workflowNotFound();
    return version === undefined ? head : this.plans.pin(head, version);
  }
}
