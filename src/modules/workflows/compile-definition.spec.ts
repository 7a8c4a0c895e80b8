import { IsArray, IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { BlockRegistry, type BlockType } from '#libs/block-kit';
import { DEFAULT_RETRY } from '#libs/retry';
import type { DomainError } from '../../platform/errors/index.js';
import { FreeForm } from '../../platform/http/index.js';
import { compileDefinition } from './compile-definition.js';
import type { StepDefinition, WorkflowDefinition } from './definition.js';

class TextConfigDto {
  @IsString()
  text: string;
}
class RouteConfigDto {
  @FreeForm()
  when: unknown;
  @IsOptional()
  @IsArray()
  yes?: string[];
  @IsOptional()
  @IsArray()
  no?: string[];
}
const aType = (members: Partial<BlockType> & Pick<BlockType, 'type'>): BlockType => ({
  description: 'A sample.',
  effect: 'pure',
  config: TextConfigDto,
  examples: [],
  compile: (config, context) => {
    const text = context.template(config['text'] ?? null, 'text');
    if (config['text'] === 'never') context.fail('never is too late', 'text');
    return { resolve: (scope) => text.resolve(scope), run: (input) => ({ kind: 'done', output: input }) };
  },
  ...members,
});
const registry = new BlockRegistry([
  aType({ type: 'say', aliases: ['tell'] }),
  aType({ type: 'call', effect: 'external', retry: { ...DEFAULT_RETRY, maxAttempts: 5 } }),
  aType({ type: 'slow', effect: 'external', timeoutMs: 120_000 }),
  aType({ type: 'open', config: null }),
  aType({
    type: 'route',
    routes: ['yes', 'no'],
    config: RouteConfigDto,
    compile: (config, context) => {
      const condition = context.condition(config['when'] ?? null, 'when');
      return {
        resolve: () => null,
        run: (_input, { scope }) => ({ kind: 'done', output: null, route: condition.test(scope) ? 'yes' : 'no' }),
      };
    },
  }),
]);

const say = (id: string, text = 'hello', members: Partial<StepDefinition> = {}): StepDefinition => ({
  id,
  type: 'say',
  config: { text },
  ...members,
});
const compile = (steps: StepDefinition[], members: Partial<WorkflowDefinition> = {}) =>
  compileDefinition({ trigger: { type: 'api' }, steps, ...members }, registry);
const nodeOf = (members: Partial<StepDefinition>) => compile([say('a', 'hello', members)]).plan.nodes[0];

/** What a definition is refused for. */
function detailsOf(steps: StepDefinition[], members: Partial<WorkflowDefinition> = {}): DomainError['details'] {
  try {
    compile(steps, members);
  } catch (error) {
    const { code, message, details } = error as DomainError;
    expect({ code, message }).toEqual({ code: 'VALIDATION_ERROR', message: 'Invalid workflow configuration' });
    return details;
  }
  return undefined;
}

describe('compiling a definition', () => {
  it('makes a plan of the steps in their order', () => {
    const { plan, input, output, settings } = compile([say('a'), say('b', '{{steps.a.output}}')]);
    expect(plan).toMatchObject({
      effect: 'pure',
      nodes: [{ id: 'a' }, { id: 'b' }],
      edges: [{ from: 'a', to: 'b' }],
    });
    expect({ input, output, settings }).toEqual({
      input: null,
      output: null,
      settings: { maxDurationMs: 86_400_000, queueTtlMs: 86_400_000 },
    });
  });

  it('compiles the schemas and takes the settings, null for the default', () => {
    const schema = { type: 'object', required: ['id'] };
    const settings = { maxDurationMs: 5, queueTtlMs: null as unknown as number };
    const compiled = compile([], { inputSchema: schema, outputSchema: schema, settings });
    expect(compiled.input?.validate({})).toEqual({ ok: false, issues: [{ path: ['id'], message: 'Required' }] });
    expect(compiled.output?.validate({ id: 1 })).toMatchObject({ ok: true });
    expect(compiled.settings).toEqual({ maxDurationMs: 5, queueTtlMs: 86_400_000 });
  });

  it('lets later steps read what a branch made', () => {
    const steps = [
      { id: 'r', type: 'route', config: { when: 'input.a', yes: ['y'] } },
      say('y', '{{steps.r.output}}'),
      say('end', '{{steps.y.output}}'),
    ];
    expect(compile(steps).plan.edges).toEqual([
      { from: 'r', to: 'y', when: 'yes' },
      { from: 'y', to: 'end' },
      { from: 'r', to: 'end', when: 'no' },
    ]);
  });
});

describe('a compiled step', () => {
  it('is tried once, without a time limit, and fails the run by default', () => {
    const node = nodeOf({});
    expect(node).toMatchObject({ type: 'say', effect: 'pure', retry: DEFAULT_RETRY, onError: { strategy: 'fail' } });
    expect(node).not.toHaveProperty('timeoutMs');
    expect(node).not.toHaveProperty('name');
  });

  it('bears the name of its type where it uses an alias', () => {
    expect(nodeOf({ type: 'tell', name: 'Tell them' })).toMatchObject({ type: 'say', name: 'Tell them' });
  });

  it('has its type’s own defaults, and 30 seconds where it calls out', () => {
    expect(nodeOf({ type: 'call' })).toMatchObject({ timeoutMs: 30_000, retry: { maxAttempts: 5 } });
    expect(nodeOf({ type: 'slow' })).toMatchObject({ timeoutMs: 120_000 });
    expect(nodeOf({ type: 'slow', timeoutMs: 7 })).toMatchObject({ timeoutMs: 7 });
  });

  it.each(['retry', 'retryConfig'])('is tried again as its %s says, three times where that does not say', (member) => {
    expect(nodeOf({ [member]: {} })?.retry).toEqual({ ...DEFAULT_RETRY, maxAttempts: 3 });
    expect(nodeOf({ [member]: { maxAttempts: 9, factor: 1 } })?.retry).toEqual({
      ...DEFAULT_RETRY,
      maxAttempts: 9,
      factor: 1,
    });
  });

  it('goes on after an error as it says', () => {
    const fallback = { rate: 0 };
    expect(nodeOf({ onError: 'continue' })?.onError).toEqual({ strategy: 'continue', fallback: null });
    expect(nodeOf({ errorHandling: { strategy: 'continue', fallback } })?.onError).toEqual({
      strategy: 'continue',
      fallback,
    });
  });

  it('takes null for absent', () => {
    const absent = null as unknown as undefined;
    const members = {
      name: absent,
      timeoutMs: absent,
      onError: absent,
      errorHandling: absent,
    } as unknown as Partial<StepDefinition>;
    expect(nodeOf({ ...members, retry: { maxAttempts: absent } as object })).toEqual({
      ...nodeOf({ retry: {} }),
      block: expect.anything(),
    });
  });
});

describe('a definition is refused for', () => {
  it.each<[string, StepDefinition[], (string | number)[], string]>([
    [
      'an unknown type',
      [say('a', '', { type: 'shout' })],
      ['steps', 0, 'type'],
      'unknown type "shout"; known types are call, open, route, say, slow, tell',
    ],
    ['an id that is used twice', [say('a'), say('a')], ['steps', 1, 'id'], 'used by step 1 already'],
    ['a reserved id', [say('__proto__')], ['steps', 0, 'id'], 'reserved'],
    ['a missing field', [say('a', '', { config: {} })], ['steps', 0, 'config', 'text'], 'text Required'],
    [
      'an unknown field',
      [say('a', '', { config: { text: 'x', txt: 1 } })],
      ['steps', 0, 'config', 'txt'],
      'txt is not a known field',
    ],
    ['what the block refuses', [say('a', 'never')], ['steps', 0, 'config', 'text'], 'never is too late'],
    ['a broken template', [say('a', 'total: {{ input.a | }}')], ['steps', 0, 'config', 'text'], 'at position '],
    [
      'a broken condition',
      [{ id: 'r', type: 'route', config: { when: 'input.a >' } }],
      ['steps', 0, 'config', 'when'],
      '(at position 9)',
    ],
    [
      'a step that reads itself',
      [say('a', '{{steps.a.output}}')],
      ['steps', 0, 'config', 'text'],
      'refers to step "a", itself',
    ],
    [
      'a step that reads a later one',
      [say('a', '{{steps.b.output}}'), say('b')],
      ['steps', 0, 'config', 'text'],
      'which runs later',
    ],
    [
      'a step that reads none',
      [say('a', '{{steps.nope.output}}')],
      ['steps', 0, 'config', 'text'],
      'which does not exist',
    ],
    [
      'a branch to nowhere',
      [{ id: 'r', type: 'route', config: { when: true, no: ['x'] } }],
      ['steps', 0, 'config', 'no', 0],
      'does not exist',
    ],
    [
      'a branch that goes back',
      [say('a'), { id: 'r', type: 'route', config: { when: true, yes: ['a'] } }],
      ['steps', 1, 'config', 'yes', 0],
      'does not come later',
    ],
    [
      'a step in two branches',
      [{ id: 'r', type: 'route', config: { when: true, yes: ['a'], no: ['a'] } }, say('a')],
      ['steps', 0, 'config', 'no', 0],
      'in another branch already',
    ],
  ])('%s', (_what, steps, path, message) => {
    expect(detailsOf(steps)).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(detailsOf(steps)?.[0]?.message).toMatch(/^Step "\w+": /);
  });

  it.each([
    [{ type: 'strange' }],
    [{ properties: { id: { pattern: '(?=a)b' } } }],
    [{ properties: { id: { pattern: '(a)\\1' } } }],
    [{ $ref: 'https://example.com/schema.json' }],
  ])('a schema such as %j', (inputSchema) => {
    expect(detailsOf([], { inputSchema })?.[0]?.path[0]).toBe('inputSchema');
    expect(detailsOf([], { outputSchema: inputSchema })?.[0]?.path[0]).toBe('outputSchema');
  });

  it('all of its mistakes at once', () => {
    const details = detailsOf([say('a', '{{'), say('b'), say('b')], { inputSchema: { type: 'strange' } });
    expect(details?.map(({ path }) => path[0] === 'steps' && path[1])).toEqual([false, 0, 2]);
  });

  it('nothing in a configuration that the type checks itself', () => {
    expect(detailsOf([say('a', 'x', { type: 'open', config: { anything: [1] } })])).toBeUndefined();
  });
});
