import type { BlockContext, BlockOutcome, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';

type ResumedBlock = Required<Pick<CompiledBlock, 'resume'>>;

/**
 * A compiled block as one of a graph: its output is its data, an object whose `output` is what the block itself puts out, and what it is
 * given of the block before is that one's `output`. It ends nothing: other branches go on.
 * @param follows it has blocks before it
 */
export function asGraphBlock(block: CompiledBlock, form: GraphForm | undefined, follows: boolean): CompiledBlock {
  const toData = form?.toData ?? ((output: Json): JsonObject => ({ output }));
  const within = (context: BlockContext): BlockContext =>
    follows ? { ...context, upstream: outputOf(context.upstream) } : context;
  const asData = (outcome: BlockOutcome, input: Json): BlockOutcome => {
    if (outcome.kind === 'failed' || (outcome.kind === 'wait' && 'resumes' in outcome)) return outcome;
    const output = toData(outcome.output, input);
    if (outcome.kind === 'wait') return { ...outcome, output };
    const { ends: _ends, ...rest } = outcome;
    return { ...rest, output };
  };
  return {
    ...block,
    run: (input, context) => then(block.run(input, within(context)), (outcome) => asData(outcome, input)),
    ...(block.resume && {
      resume: (input, context, resumption) =>
        then((block as ResumedBlock).resume(input, within(context), resumption), (outcome) => asData(outcome, input)),
    }),
  };
}

/** What a block put out, of its data. */
export const outputOf = (data: Json): Json =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? (data['output'] ?? null) : null;

/** Without a turn of the event loop where there is nothing to wait for. */
const then = (
  outcome: BlockOutcome | Promise<BlockOutcome>,
  change: (outcome: BlockOutcome) => BlockOutcome,
): BlockOutcome | Promise<BlockOutcome> => (outcome instanceof Promise ? outcome.then(change) : change(outcome));
