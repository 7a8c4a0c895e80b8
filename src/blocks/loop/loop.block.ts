import { Injectable } from '@nestjs/common';
import type {
  BlockContext,
  BlockOutcome,
  BlockType,
  CompileContext,
  CompiledBlock,
  NestedOutcome,
  NestedSteps,
} from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { LoopConfigDto } from './loop.config.dto.js';

const MAX_ITERATIONS = 100;

@Injectable()
export class LoopBlock implements BlockType {
  readonly type = 'loop';
  readonly aliases = ['for_each'];
  readonly description =
    'Runs steps once for each element of a list; its output is the list of what the last step of each returned.';
  /** By itself; a loop of external steps is external. */
  readonly effect = 'pure';
  readonly config = LoopConfigDto;
  readonly examples = [
    {
      config: {
        collection: '{{input.customers}}',
        itemVariable: 'customer',
        concurrency: 5,
        steps: [{ id: 'greet', type: 'transform', config: { mapping: { text: 'Hello {{customer.name}}' } } }],
      },
    },
    {
      config: {
        collection: [1, 2],
        steps: [{ id: 'double', type: 'transform', config: { mapping: { n: '{{item}}' } } }],
      },
    },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { itemVariable = 'item', indexVariable = 'index', ...loop } = given(config as unknown as LoopConfigDto);
    const { concurrency = 1, maxIterations = MAX_ITERATIONS } = loop;
    if (itemVariable === indexVariable) context.fail('must differ from itemVariable', 'indexVariable');
    const collection = context.template(loop.collection, 'collection');
    const steps = context.steps(loop.steps, [itemVariable, indexVariable], 'steps');
    const namesOf = (item: Json, index: number) => ({ [itemVariable]: item, [indexVariable]: index });
    const iterate = (input: Json, execution: BlockContext): BlockOutcome | Promise<BlockOutcome> => {
      const items = (input as { collection: Json }).collection;
      if (!Array.isArray(items)) return failed('INVALID_COLLECTION', `collection must be a list, not ${nameOf(items)}`);
      if (items.length > maxIterations) {
        const message = `collection has ${items.length} elements; maxIterations is ${maxIterations}`;
        return failed('TOO_MANY_ITERATIONS', message);
      }
      return new Iterations(items, steps, namesOf, execution).run(concurrency);
    };
    return {
      effect: steps.effect,
      nested: steps,
      keepsInput: true,
      resolve: (scope) => ({ collection: collection.resolve(scope) }),
      run: iterate,
      resume: iterate,
    };
  }
}

/** The iterations of one loop. Those that have finished answer at once from the journal. */
class Iterations {
  private readonly outcomes: NestedOutcome[] = [];
  private readonly stop = new AbortController();
  private next = 0;

  constructor(
    private readonly items: readonly Json[],
    private readonly steps: NestedSteps,
    private readonly namesOf: (item: Json, index: number) => Record<string, Json>,
    private readonly context: BlockContext,
  ) {}

  async run(concurrency: number): Promise<BlockOutcome> {
    await Promise.all(Array.from({ length: Math.min(concurrency, this.items.length) }, () => this.runLane()));
    const failure = this.outcomes.find((outcome) => outcome.status === 'failed');
    if (failure) return { kind: 'failed', error: failure.error, retryable: false };
    const waiting = this.outcomes.filter((outcome) => outcome.status === 'waiting');
    if (waiting.length > 0) return { kind: 'wait', until: earliest(waiting), output: null, resumes: true };
    return {
      kind: 'done',
      output: this.outcomes.map((outcome) => (outcome.status === 'completed' ? outcome.output : null)),
    };
  }

  /** One iteration after the other. A parked one keeps its place, so that no more than `concurrency` are ever open. */
  private async runLane(): Promise<void> {
    while (this.next < this.items.length && !this.stop.signal.aborted) {
      const index = this.next++;
      const names = this.namesOf(this.items[index] ?? null, index);
      const outcome = await this.context.execute(this.steps, index, names, this.stop.signal);
      this.outcomes[index] = outcome;
      if (outcome.status === 'completed') continue;
      if (outcome.status === 'failed') this.stop.abort();
      return;
    }
  }
}

function earliest(waiting: readonly (NestedOutcome & { status: 'waiting' })[]): Date | null {
  const times = waiting.flatMap(({ until }) => until?.getTime() ?? []);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});

const nameOf = (value: Json): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;

const given = (config: LoopConfigDto): LoopConfigDto =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null)) as unknown as LoopConfigDto;
