import { afterAll, describe, expect, it, vi } from 'vitest';
import type { CodeLanguage } from './index.js';
import { HOSTILE_CODE, timeFor } from './hostile-code.js';
import { Sandbox } from './index.js';

const sandbox = new Sandbox({ size: 2 });
afterAll(() => sandbox.close());
// Every failure costs a new process, and machines may be busy.
vi.setConfig({ testTimeout: 30_000 });

const run = (language: CodeLanguage, code: string, variables: object = {}, timeoutMs = 1_000) =>
  sandbox.run({ language, code, variables, limits: { timeoutMs, memoryBytes: 16 * 1024 * 1024 } });
const reasonOf = async (...job: Parameters<typeof run>) => {
  const result = await run(...job);
  return 'problem' in result ? result.problem.reason : result.output;
};

describe('JavaScript', () => {
  it.each([
    ['return input_data.n * 2', '8'],
    ['output = input_data.n + 1', '5'],
    ['const result = { list: [input_data.n] };', '{"list":[4]}'],
    ['const output = await Promise.resolve("later")', '"later"'],
    ['console.log("x")', 'null'],
    ['return a.b[0]', '1'],
    ['return undefined', 'null'],
    ['return [1, 2].map((n) => n * 2).reduce((a, b) => a + b)', '6'],
  ])('%s', async (code, output) => {
    expect(await run('javascript', code, { input_data: { n: 4 }, a: { b: [1] } })).toMatchObject({ output });
  });

  it('keeps what it prints', async () => {
    const { printed } = await run('javascript', 'console.log("a", 1, {b: 2}); console.error([3]); return 1');
    expect(printed).toBe('a 1 {"b":2}\n[3]\n');
  });

  it('tells where it went wrong', async () => {
    expect(await run('javascript', 'let a = 1;\nlet b = a.b.c;')).toMatchObject({
      problem: { reason: 'THROWN', message: expect.stringContaining('TypeError'), line: 2 },
    });
    expect(await run('javascript', 'let a = ;')).toMatchObject({ problem: { reason: 'SYNTAX', line: 1 } });
    expect(await sandbox.check('javascript', 'if (')).toMatchObject({ reason: 'SYNTAX' });
    expect(await sandbox.check('javascript', 'return 1')).toBeNull();
  });
});

describe('Python', () => {
  it.each([
    ['output = input_data["n"] * 2', '8'],
    ['result = {"list": [x + 1 for x in [input_data["n"]]]}', '{"list":[5]}'],
    ['def double(x):\n    return x * 2\noutput = double(a["b"][0])', '2'],
    ['import json, math\noutput = [json.dumps({"a": 1}), math.floor(2.5)]', '["{\\"a\\": 1}",2]'],
    ['print("x")', 'null'],
    ['try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    output = str(e)', '"division by zero"'],
  ])('%s', async (code, output) => {
    expect(await run('python', code, { input_data: { n: 4 }, a: { b: [1] } })).toMatchObject({ output });
  });

  it('keeps what it prints, and tells where it went wrong', async () => {
    expect(await run('python', 'print("a", 1)\nx = nope')).toMatchObject({
      printed: 'a 1\n',
      problem: { reason: 'THROWN', message: expect.stringContaining('NameError'), line: 2 },
    });
    expect(await sandbox.check('python', 'x = 1\ny = = 2')).toMatchObject({ reason: 'SYNTAX' });
    expect(await sandbox.check('python', 'class A:\n    pass')).toMatchObject({ reason: 'UNSUPPORTED', line: 1 });
    expect(await sandbox.check('python', 'x = 1')).toBeNull();
  });
});

it.each([
  ['javascript', 'throw new Error("x".repeat(100_000))'],
  ['javascript', 'throw "x".repeat(100_000)'],
  ['python', 'raise ValueError("x" * 100000)'],
] as const)('what %s code raises is cut: %s', async (language, code) => {
  const result = await run(language, code);
  expect('problem' in result && result.problem.message).toHaveLength(2_000);
});

it('owners take turns to have their code checked, too', async () => {
  const one = new Sandbox({ size: 1 });
  const order: string[] = [];
  const check = async (owner: string) => {
    await one.check('javascript', 'return 1', owner);
    order.push(owner);
  };
  await Promise.all(['a', 'a', 'a', 'b'].map(check));
  one.close();
  expect(order).toEqual(['a', 'a', 'b', 'a']);
});

describe('hostile code', () => {
  it.each(HOSTILE_CODE.map((hostile) => [`${hostile.language}: ${hostile.name}`, hostile] as const))(
    '%s',
    async (_name, hostile) => {
      const { language, code, reason } = hostile;
      expect(await reasonOf(language, code, {}, timeFor(hostile))).toBe(reason);
      expect(await reasonOf(language, language === 'python' ? 'output = 1' : 'return 1')).toBe('1');
    },
  );

  it('that prints too much although it is stopped ends all the same', async () => {
    const code = 'while True:\n    try:\n        print("x" * 1000)\n    except BaseException:\n        pass';
    expect(['TIMEOUT', 'CRASHED', 'MEMORY', 'OUTPUT']).toContain(await reasonOf('python', code));
  });

  it.each([
    'typeof process',
    'typeof require',
    'typeof fetch',
    'typeof WebAssembly',
    'typeof (() => {}).constructor.constructor("return typeof process")().length',
    'typeof globalThis.std',
  ])('%s is nothing of the host', async (expression) => {
    const result = await run('javascript', `return String(${expression})`);
    expect(['"undefined"', '"number"']).toContain('output' in result ? result.output : '');
  });

  it('does not outlive its run', async () => {
    const stop = new AbortController();
    const result = sandbox.run({ language: 'javascript', code: 'while (true) {}', variables: {}, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    expect(await result).toMatchObject({ problem: { reason: 'ABORTED' } });
  });

  it('finds nothing that other code left', async () => {
    await run('javascript', 'globalThis.left = 1; Object.prototype.polluted = 1; return 1');
    expect(await reasonOf('javascript', 'return [typeof left, ({}).polluted ?? null]')).toBe('["undefined",null]');
  });
});
