import { Inject, Injectable } from '@nestjs/common';
import {
  type BlockContext,
  type BlockOutcome,
  type BlockType,
  type CompileContext,
  type CompiledBlock,
  DecisionLinks,
  type GraphForm,
  type NestedSteps,
  type Resumption,
} from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { ApprovalConfigDto, LONGEST_EXPIRY_MS } from './approval.config.dto.js';

/** The name under which the steps of `notify` read what is asked. */
const NAME = 'approval';
/** The step's own limit: steps of `notify` have limits of their own. */
const TIMEOUT_MS = 10 * 60_000;

/** What is asked; with this the step parks. */
interface Question extends JsonObject {
  message: Json;
  data: Json;
  expiresAt: string | null;
}

@Injectable()
export class ApprovalBlock implements BlockType {
  readonly type = 'approval';
  readonly description =
    'Parks the run until somebody approves or rejects, by the API or on a page behind a signed link.';
  readonly effect = 'external';
  readonly routes = ['approved', 'rejected', 'timed_out'];
  readonly timeoutMs = TIMEOUT_MS;
  readonly config = ApprovalConfigDto;
  readonly graph: GraphForm = {
    toConfig: ({ approved: _approved, rejected: _rejected, timed_out: _timedOut, ...config }, _context, followed) => ({
      ...config,
      ...(followed.has('rejected') && { rejected: [] }),
      ...(followed.has('timed_out') && { timed_out: [] }),
    }),
  };
  readonly examples = [
    { config: { message: 'Refund {{input.amount}}?', data: { order: '{{input.orderId}}' }, expiresInMs: 86_400_000 } },
    { config: { notify: [{ id: 'log', type: 'transform', config: { mapping: { at: '{{approval.url}}' } } }] } },
  ];

  constructor(@Inject(DecisionLinks) private readonly links: DecisionLinks) {}

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { rejected, timed_out: timedOut } = config as unknown as ApprovalConfigDto;
    const { message = null, data = null, expiresInMs = null, notify = null } = config;
    const question = context.template({ message, data, expiresInMs });
    if (question.isStatic) {
      const wrong = problemOf(expiresInMs);
      if (wrong !== null) context.fail(wrong, 'expiresInMs');
    }
    const steps = notify === null ? null : context.steps(notify, [NAME], 'notify');
    const routed = { rejected: (rejected ?? null) !== null, timed_out: (timedOut ?? null) !== null };
    return {
      ...(steps && { nested: steps }),
      keepsInput: true,
      resolve: (scope) => question.resolve(scope),
      run: (input, execution) => this.ask(input as JsonObject, steps, execution),
      resume: (input, execution, resumption) =>
        conclude(execution, resumption, routed) ?? this.ask(input as JsonObject, steps, execution, resumption),
    };
  }

  /** Asks, once what asks has finished, and parks. */
  private async ask(
    input: JsonObject,
    notify: NestedSteps | null,
    context: BlockContext,
    resumption?: Resumption,
  ): Promise<BlockOutcome> {
    if (context.signal.aborted) return failed('ABORTED', 'The run ended.');
    const { message = null, data = null, expiresInMs = null } = input;
    const wrong = problemOf(expiresInMs);
    if (wrong !== null) return failed('INVALID_DURATION', wrong);
    const asked = resumption?.parked as Question | undefined;
    const until = expiresInMs === null ? null : new Date(context.now().getTime() + Number(expiresInMs)).toISOString();
    const question: Question = asked ?? { message, data, expiresAt: until };
    const pause = notify && (await this.notify(notify, question, context));
    if (pause && pause.kind !== 'done') return pause.kind === 'wait' ? { ...pause, output: question } : pause;
    const expiresAt = question.expiresAt === null ? null : new Date(question.expiresAt);
    return { kind: 'wait', until: expiresAt, output: question, resumes: true };
  }

  private async notify(steps: NestedSteps, question: Question, context: BlockContext): Promise<BlockOutcome> {
    const link = await this.links.create(context);
    if (link) context.hide([link.secret]);
    const outcome = await context.execute(steps, 0, { [NAME]: { ...question, url: link?.url ?? null } });
    if (outcome.status === 'failed') return { kind: 'failed', error: outcome.error, retryable: false };
    if (outcome.status === 'waiting') return { kind: 'wait', until: outcome.until, output: null, resumes: true };
    return { kind: 'done', output: null };
  }
}

/** What became of the question; null: nobody has decided yet, and there is time. */
function conclude(
  context: BlockContext,
  { signal, parked }: Resumption,
  routed: { rejected: boolean; timed_out: boolean },
): BlockOutcome | null {
  if (signal !== null) {
    const { decision, comment } = signal as { decision: string; comment: string | null };
    if (decision === 'approved' || routed.rejected) return { kind: 'done', output: signal, route: decision };
    return failed('REJECTED', comment === null ? 'Rejected.' : `Rejected: ${comment}`);
  }
  const { expiresAt } = parked as Question;
  if (expiresAt === null || new Date(expiresAt) > context.now()) return null;
  const output = { decision: 'timed_out', comment: null, data: null, decidedBy: null, decidedAt: null };
  if (routed.timed_out) return { kind: 'done', output, route: 'timed_out' };
  return failed('APPROVAL_TIMEOUT', `Nobody decided before ${expiresAt}.`);
}

function problemOf(expiresInMs: Json): string | null {
  const ms = typeof expiresInMs === 'string' && expiresInMs.trim() !== '' ? Number(expiresInMs) : expiresInMs;
  if (ms === null) return null;
  if (typeof ms === 'number' && ms >= 1 && ms <= LONGEST_EXPIRY_MS) return null;
  return `expiresInMs must be a number of milliseconds from 1 to ${LONGEST_EXPIRY_MS} (30 days)`;
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});
