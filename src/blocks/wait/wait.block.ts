import { Injectable } from '@nestjs/common';
import { isISO8601 } from 'class-validator';
import type { BlockOutcome, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { LONGEST_WAIT_MS, WaitConfigDto } from './wait.config.dto.js';

const FORMS = ['duration', 'until'] as const;
/** As the present: every `until` has passed, so that at save only its form counts. */
const END_OF_TIME = new Date(8.64e15);
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
const WITHOUT_OFFSET = /T[\d:.]+$/;

@Injectable()
export class WaitBlock implements BlockType {
  readonly type = 'wait';
  readonly aliases = ['delay'];
  readonly description = 'Parks the run for a duration or until a time.';
  // Nothing is touched outside, but a run that parks cannot be executed on the spot.
  readonly effect = 'external';
  readonly config = WaitConfigDto;
  readonly examples = [
    { config: { duration: 60_000 } },
    { config: { duration: '{{input.delayMs}}' } },
    { config: { until: '{{input.sendAt}}' } },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const given = FORMS.filter((form) => (config[form] ?? null) !== null);
    const [form = 'duration'] = given;
    if (given.length !== 1) context.fail(`needs either ${FORMS.join(' or ')}`);
    const template = context.template(config[form] ?? null, form);
    const readDelay = form === 'duration' ? readDuration : readUntil;
    if (template.isStatic) {
      const delay = readDelay(config[form] ?? null, END_OF_TIME);
      if (typeof delay === 'string') context.fail(delay, form);
    }
    return {
      resolve: (scope) => ({ [form]: template.resolve(scope) }),
      run: (input, { now }) => toOutcome(readDelay((input as JsonObject)[form] ?? null, now()), now()),
    };
  }
}

function toOutcome(delay: number | string, now: Date): BlockOutcome {
  if (typeof delay === 'string')
    return { kind: 'failed', error: { code: 'INVALID_DURATION', message: delay }, retryable: false };
  const output = { waited: delay };
  return delay === 0 ? { kind: 'done', output } : { kind: 'wait', until: new Date(now.getTime() + delay), output };
}

/** Milliseconds, or what is wrong with the value. */
type ReadDelay = (value: Json, now: Date) => number | string;

const readDuration: ReadDelay = (value) => {
  const ms = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof ms !== 'number' || !(ms >= 0)) return 'duration must be a number of milliseconds, 0 or more';
  return ms <= LONGEST_WAIT_MS ? Math.ceil(ms) : `duration must be at most ${LONGEST_WAIT_MS} (30 days)`;
};

const readUntil: ReadDelay = (value, now) => {
  // The pattern alone would take the 30th of February, which Date reads as the 2nd of March.
  const text = typeof value === 'string' && TIME.test(value) && isISO8601(value, { strict: true }) ? value : '';
  const time = Date.parse(WITHOUT_OFFSET.test(text) ? `${text}Z` : text);
  if (Number.isNaN(time)) return 'until must be a time such as 2026-12-01T09:00:00Z';
  const ms = Math.max(0, time - now.getTime());
  return ms <= LONGEST_WAIT_MS ? ms : 'until must be at most 30 days ahead';
};
