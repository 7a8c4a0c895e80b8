import { describe, expect, it } from 'vitest';
import { languageOf } from './language.js';

describe('text of code', () => {
  it.each(["'", '"', '"""', "'''"])(
    'is read once, although it begins with %s and never ends',
    (quote) => {
      for (const filling of ["\\'", '\\"', '\\', 'a', `\\${quote}`, quote])
        expect(languageOf(`output = 1  # ${quote}${filling.repeat(60_000 / filling.length)}`)).toBe('python');
    },
    2_000,
  );
});

describe('code without a language', () => {
  it.each([
    'output = 1',
    'output = input_data["n"] * 2',
    'x = [i for i in range(3)]',
    'if x:\n    output = 1',
    'def f(a):\n    return a\n\noutput = f(1)',
    'import json',
    'print("const a = 1")',
    "text = '''\nconst a = 1;\n'''",
    '# const a = 1;\noutput = 1',
    'output = "a => b === c"',
    'output = 7 // 2',
  ])('is Python: %s', (code) => {
    expect(languageOf(code)).toBe('python');
  });

  it.each([
    'const a = 1;',
    'let { a } = input_data',
    'return input_data.n * 2;',
    'output = input_data.map((n) => n * 2)',
    'function f(a) { return a }',
    'console.log(1)',
    'output = a === b',
    '// doubles\noutput = input_data.n * 2',
    'for (let i = 0; i < 3; i++) {\n  let a = i;\n}',
    'output = `n: ${input_data.n}`',
  ])('is JavaScript: %s', (code) => {
    expect(languageOf(code)).toBe('javascript');
  });
});
