import { afterAll, describe, expect, it, vi } from 'vitest';
import type { BlockContext, BlockOutcome } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import type { Scope } from '#libs/templates';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { loadSettings } from '../../platform/config/index.js';
import { findIssues } from '../../platform/http/index.js';
import { CodeSandbox } from '../../platform/sandbox/index.js';
import { CodeBlock } from './code.block.js';
import { CodeConfigDto } from './code.config.dto.js';

// Processes start from the sources here, and machines may be busy.
vi.setConfig({ testTimeout: 30_000 });

const sandbox = new CodeSandbox(loadSettings({}));
afterAll(() => sandbox.onApplicationShutdown());
const type = new CodeBlock(sandbox);

async function run(
  config: JsonObject,
  scope: Partial<Scope> = {},
  context: Partial<BlockContext> = {},
): Promise<BlockOutcome> {
  const block = compileAlone(type, { config });
  const whole = aScope(scope);
  return block.run(block.resolve(whole), aContext({ scope: whole, ...context }));
}

const BOTH = [
  ['python', (expression: string) => `output = ${expression}`],
  ['javascript', (expression: string) => `return ${expression}`],
] as const;

describe.each(BOTH)('%s', (language, returning) => {
  const value = async (expression: string, scope: Partial<Scope> = {}, context: Partial<BlockContext> = {}) => {
    const outcome = await run({ language, code: returning(expression) }, scope, context);
    return outcome.kind === 'done' ? outcome.output : outcome;
  };

  it('reads what the step before gave, and other steps by their ids', async () => {
    const scope = {
      variables: { rate: 3 },
      steps: { start: { output: { output: { x: 2 } } }, 'my-step': { output: 5 }, other: { output: 'unread' } },
    };
    expect(await value('input_data["n"] + input["n"]', scope, { upstream: { n: 4 } })).toBe(8);
    expect(await value('start["output"]["x"] * variables["rate"]', scope)).toBe(6);
    expect(await value('blocks["my-step"] + steps["my-step"]["output"]', scope)).toBe(10);
  });

  it('reads the names of a loop around it', async () => {
    expect(await value('[item, index, order]', { item: 1, index: 2, names: { item: 1, index: 2, order: 3 } })).toEqual([
      1, 2, 3,
    ]);
  });

  it('keeps its own words where a step has one of them for an id', async () => {
    const steps = { input_data: { output: 'a' }, len: { output: 'b' }, Math: { output: 'c' }, output: { output: 'd' } };
    const own = language === 'python' ? 'len([1, 2])' : 'Math.max(1, 2)';
    expect(await value(`[input_data, ${own}, blocks["output"]]`, { steps }, { upstream: 1 })).toEqual([1, 2, 'd']);
  });

  it('reads its input with the templates filled in', async () => {
    const config = { language, code: returning('input_data'), input: { total: '{{input.total}}' } };
    expect(await run(config, { input: { total: 9 } })).toMatchObject({ output: { total: 9 } });
  });

  it('reads no more than fits; of many steps only those that it names', async () => {
    const large = 'x'.repeat(700_000);
    const steps = { a: { output: large }, b: { output: large }, 'c-1': { output: 1 } };
    expect(await value('blocks["c-1"]', { steps })).toBe(1);
    expect(await value('input_data', {}, { upstream: 'x'.repeat(1_100_000) })).toMatchObject({
      kind: 'failed',
      error: { code: 'CODE_INPUT' },
    });
  });

  it('does nothing for a run that ended', async () => {
    expect(await value('1', {}, { signal: AbortSignal.abort() })).toMatchObject({ error: { code: 'ABORTED' } });
  });
});

describe('code', () => {
  it.each([
    [{ code: 'print("a")\nprint(1)\noutput = 1' }, 'a\n1\n'],
    [{ code: 'console.log("a", {b: 1})\nreturn 1' }, 'a {"b":1}\n'],
    [{ code: 'print("before")\nraise ValueError("no")' }, 'before\n'],
    [{ code: 'output = 1' }, undefined],
  ])('%j prints %j', async (config, logs) => {
    expect(((await run(config)) as { logs?: string }).logs).toBe(logs);
  });

  it('prints 64 Ki characters and no more', async () => {
    const outcome = (await run({ code: 'for i in range(10000): print("0123456789")' })) as { logs: string };
    expect(outcome).toHaveProperty('output', null);
    expect([outcome.logs.length, outcome.logs.slice(-6)]).toEqual([65_536, '(cut)'.padStart(6)]);
  });

  it.each([
    ['python', 'x = 1\nraise ValueError("no")', 'CODE_ERROR', 'ValueError: no (line 2, column 7)'],
    ['python', 'output = nope', 'CODE_ERROR', "NameError: name 'nope' is not defined (line 1, column 10)"],
    [
      'python',
      'f = open("a")',
      'CODE_UNSUPPORTED',
      'There is no Open: code has no files, network, environment or clock',
    ],
    ['python', 'raise TimeoutError("mine")', 'CODE_ERROR', 'TimeoutError: mine (line 1, column 7)'],
    ['python', 'output = {1: float("nan")}', 'CODE_OUTPUT', 'The output holds NaN, which is no number in JSON'],
    [
      'javascript',
      'let a;\n  a.b()',
      'CODE_ERROR',
      "TypeError: cannot read property 'b' of undefined (line 2, column 4)",
    ],
    ['javascript', 'throw "text"', 'CODE_ERROR', 'text'],
    ['javascript', 'throw { code: 7 }', 'CODE_ERROR', '{"code":7}'],
    ['javascript', 'return { ["__proto__"]: 1 }', 'CODE_OUTPUT', expect.stringContaining('"__proto__"')],
    [
      'javascript',
      'return "[".repeat(5000) && Array(70).fill().reduce((a) => [a], 0)',
      'CODE_OUTPUT',
      expect.stringContaining('deep'),
    ],
  ])('%s says what is wrong: %s', async (language, code, error, message) => {
    expect(await run({ language, code })).toEqual({
      kind: 'failed',
      error: { code: error, message },
      retryable: false,
    });
  });

  it('is held to its limits, and names them', async () => {
    const late = { code: 'CODE_TIMEOUT', message: expect.stringContaining('timeoutMs') };
    expect(await run({ code: 'while True: pass', timeoutMs: 50 })).toMatchObject({ error: late });
    const large = { code: 'CODE_MEMORY', message: expect.stringContaining('memoryMb') };
    expect(await run({ code: 'output = len("x" * 3000000)', memoryMb: 2 })).toMatchObject({ error: large });
    const javascript = { code: 'return new Array(1.5e6).fill(1).length' };
    expect(await run({ ...javascript, memoryMb: 16 })).toMatchObject({ error: large });
    expect(await run({ ...javascript, memoryMb: 64 })).toMatchObject({ output: 1.5e6 });
  });

  it.each([
    [{}, 'code'],
    [{ code: '' }, 'code'],
    [{ code: 'x'.repeat(65_537) }, 'code'],
    [{ code: 'x', language: 'ruby' }, 'language'],
    [{ code: 'x', timeoutMs: 30_001 }, 'timeoutMs'],
    [{ code: 'x', memoryMb: 65 }, 'memoryMb'],
  ])('refuses %j', (config, member) => {
    expect(findIssues(CodeConfigDto, config)).toEqual([expect.objectContaining({ path: [member] })]);
  });

  it.each([
    [{ code: 'x = 1\nif x\n    pass' }, /^SyntaxError: .* \(line 2, column 5\)$/],
    [{ code: 'if 1:\n    x = = 2' }, /^SyntaxError: .* \(line 2, column 9\)$/],
    [{ code: 'class A:\n    pass' }, /class definitions \(line 1, column 1\)$/],
    [{ code: 'x = 1\nimport requests' }, /requests' \(line 2, column 1\)$/],
    [{ code: 'x = (' }, /\(line 1, column 6\)$/],
    [{ code: 'const a = 1;\nconst b = ;' }, /^SyntaxError: .* \(line 2, column \d+\)$/],
    [{ code: 'const a = {' }, /\(line 1, column 12\)$/],
  ])('proves %j', async (config, message) => {
    expect(await type.prove(config)).toEqual({ message: expect.stringMatching(message) as string, path: ['code'] });
  });

  it('proves what compiles, and what is no configuration', async () => {
    expect(await type.prove({ code: 'import json, math\nfrom datetime import datetime\noutput = 1' })).toBeNull();
    expect(await type.prove({ code: '"""\nimport nothing\n"""' })).toBeNull();
    expect(await type.prove({ code: 'return await x' })).toBeNull();
    expect(await type.prove({ code: 7 })).toBeNull();
  });

  it("of a graph reads the run's input, and drops what its editor adds", async () => {
    const config = type.graph.toConfig({
      code: 'output = input_data["a"]',
      on_error: 'continue',
      color: 'red',
      language: null,
    });
    expect(findIssues(CodeConfigDto, config)).toEqual([]);
    expect(await run(config, { input: { a: 7 } })).toMatchObject({ output: 7 });
  });

  it('that is switched off says so, at save and in runs', async () => {
    const off = new CodeBlock(new CodeSandbox(loadSettings({ CODE_ENABLED: 'false' })));
    const refusal = expect.stringContaining('CODE_ENABLED') as string;
    expect(await off.prove({ code: 'output = 1' })).toEqual({ message: refusal, path: ['code'] });
    const block = compileAlone(off, { config: { code: 'output = 1' } });
    expect(await block.run(block.resolve(aScope()), aContext())).toMatchObject({
      error: { code: 'CODE_DISABLED', message: refusal },
    });
  });
});
