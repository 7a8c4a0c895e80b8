import { Injectable } from '@nestjs/common';
import type { ChildRun, ChildRuns } from '#libs/block-kit';
import { formatId, parseId } from '#libs/ids';
import { Grouped } from '../../platform/database/index.js';
import { DomainError } from '../../platform/errors/index.js';
import { Organizations } from '../organizations/index.js';
import { RunPayloads } from './payloads/run-payloads.js';
import type { ClaimedRun } from './run-ledger.js';
import { type ChildRow, RunRepository } from './run.repository.js';
import { isTerminal } from './run.status.js';
import { StartRun } from './start-run.js';

/** Longest chain of runs that start each other. */
const DEEPEST = 16;

type Refusal = Exclude<Awaited<ReturnType<ChildRuns['start']>>, ChildRun>;

/** Runs that steps of other runs start and wait for. Their end makes the waiting run due in the same transaction (`runs_wake_parent`). */
@Injectable()
export class ChildRunStarter {
  constructor(
    private readonly starter: StartRun,
    private readonly runs: RunRepository,
    private readonly organizations: Organizations,
    private readonly payloads: RunPayloads,
  ) {}

  /** For the steps of one run. Steps that ask at the same time share a statement. */
  of(run: ClaimedRun, signal: AbortSignal): (stepId: string) => ChildRuns {
    const begun = performance.now();
    const finder = new Grouped<string, ChildRun | null>(async (stepIds) => {
      const rows = await this.runs.findChildren(run.organizationId, run.id, stepIds);
      const byStep = new Map<string, ChildRun>();
      for (const row of rows) byStep.set(row.step_id, toChildRun(await this.payloads.open(toOwner(run, row))));
      return stepIds.map((stepId) => byStep.get(stepId) ?? null);
    });
    return (stepId) => ({
      find: () => finder.call(stepId),
      start: async (request) => {
        if (signal.aborted) return refuse('ABORTED', 'The run ended.');
        const remainingMs = Math.max(1, Math.floor(run.remainingMs - (performance.now() - begun)));
        return this.start(run, stepId, { ...request, remainingMs });
      },
    });
  }

  private async start(
    run: ClaimedRun,
    stepId: string,
    request: Parameters<ChildRuns['start']>[0] & { remainingMs: number },
  ): Promise<ChildRun | Refusal> {
    const depth = run.depth + 1;
    if (depth > DEEPEST) {
      const message = `Workflows start each other more than ${DEEPEST} levels deep, which usually means in a circle. Cancel the run that began it.`;
      return refuse('DEPTH_EXCEEDED', message);
    }
    const workflowId = parseId('wf', request.workflowId);
    if (workflowId === null) return refuse('NOT_FOUND', `There is no workflow ${request.workflowId.slice(0, 100)}`);
    const { organizationId, apiKeyId: keyId, trigger } = run;
    const organization = await this.organizations.findCaps(organizationId);
    try {
      const { runId } = await this.starter.execute(
        { organizationId, keyId, organization },
        {
          workflowId,
          input: request.input,
          connectionId: run.connectionId,
          idempotencyKey: null,
          trigger,
          requestId: null,
          awaited: false,
          parent: { runId: run.id, stepId, depth, remainingMs: request.remainingMs },
        },
      );
      return { id: runId, status: 'unfinished', output: null, error: null };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const [detail] = error.details ?? [];
      const where = detail ? `: ${detail.path.join('.')} ${detail.message}` : '';
      const message = `Workflow ${formatId('wf', workflowId)} was not started. ${error.message}${where}`;
      return { refused: { code: error.code, message }, retryable: error.retryable };
    }
  }
}

const refuse = (code: string, message: string): Refusal => ({ refused: { code, message }, retryable: false });

const toOwner = ({ organizationId }: ClaimedRun, row: ChildRow) => ({ ...row, organizationId });

const toChildRun = ({ id, status, output, error }: ChildRow): ChildRun => ({
  id,
  status: isTerminal(status) ? (status as ChildRun['status']) : 'unfinished',
  output,
  error,
});
