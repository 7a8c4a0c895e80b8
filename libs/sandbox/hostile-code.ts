import type { CodeLanguage, CodeProblem } from './protocol.js';

/** Code that would take all time or memory, or get out; with the reason for which it fails. Material of tests and of the bench. */
export interface HostileCode {
  name: string;
  language: CodeLanguage;
  code: string;
  reason: CodeProblem['reason'];
}

const javascript = (name: string, reason: CodeProblem['reason'], code: string): HostileCode => ({
  name,
  language: 'javascript',
  code,
  reason,
});
const python = (name: string, reason: CodeProblem['reason'], code: string): HostileCode => ({
  name,
  language: 'python',
  code,
  reason,
});

export const HOSTILE_CODE: readonly HostileCode[] = [
  javascript('endless loop', 'TIMEOUT', 'while (true) {}'),
  javascript('endless loop that catches', 'TIMEOUT', 'for (;;) { try { for (;;) {} } catch {} finally { continue } }'),
  javascript('endless promises', 'TIMEOUT', 'for (;;) await null;'),
  javascript('a promise that never settles', 'THROWN', 'await new Promise(() => {})'),
  javascript('flood of promises', 'MEMORY', 'const all = []; for (;;) all.push(Promise.resolve(all));'),
  javascript('backtracking pattern', 'TIMEOUT', 'return /^(a+)+$/.test("a".repeat(40) + "!")'),
  javascript('array bomb', 'MEMORY', 'const a = []; for (;;) a.push(new Array(1000).fill(7))'),
  javascript('text bomb', 'MEMORY', 'let s = "x"; for (;;) s += s'),
  javascript('buffer bomb', 'MEMORY', 'const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))'),
  javascript('typed array bomb', 'MEMORY', 'const a = []; for (;;) a.push(new Float64Array(1 << 16).fill(1))'),
  javascript(
    'sort of five million',
    'MEMORY',
    'return Array.from({ length: 5e6 }, (_, i) => -i).sort((a, b) => a - b)[0]',
  ),
  javascript('deep recursion', 'THROWN', 'const f = (n) => f(n + 1); return f(0)'),
  javascript('deep text of JSON', 'CRASHED', 'return JSON.parse("[".repeat(100000) + "]".repeat(100000))'),
  javascript('deep output', 'CRASHED', 'let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a'),
  javascript('output that contains itself', 'THROWN', 'const a = []; a.push(a); return a'),
  javascript('output that throws', 'THROWN', 'return { toJSON() { throw new Error("no") } }'),
  javascript('output that never ends', 'TIMEOUT', 'return { toJSON() { for (;;) {} } }'),
  javascript('huge output', 'OUTPUT', 'return "x".repeat(2_000_000)'),
  javascript('flood of prints', 'OUTPUT', 'const text = "x".repeat(100_000); for (;;) console.log(text)'),
  javascript('error that never ends', 'TIMEOUT', 'throw { get message() { for (;;) {} }, name: "x" }'),
  javascript('file', 'THROWN', 'return (await import("fs")).readFileSync("/etc/passwd")'),
  javascript('host by a constructor', 'THROWN', 'return (() => {}).constructor.constructor("return process")().env'),
  javascript(
    'host by an error',
    'THROWN',
    'try { null.x } catch (e) { return e.constructor.constructor("return process")().env }',
  ),
  javascript('host by the console', 'THROWN', 'return console.log.constructor("return process")().env'),
  javascript('process', 'THROWN', 'return process.env'),
  javascript('require', 'THROWN', 'return require("fs")'),
  javascript('network', 'THROWN', 'return await fetch("http://127.0.0.1/")'),
  javascript('timer', 'THROWN', 'await new Promise((done) => setTimeout(done, 1e9))'),
  javascript('way out of its function', 'SYNTAX', '})(); })(); process.exit(1); (async () => { (async () => {'),
  python('endless loop', 'TIMEOUT', 'while True:\n    pass'),
  python(
    'endless loop that catches',
    'TIMEOUT',
    'while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass',
  ),
  python('endless sum', 'TIMEOUT', 'output = sum(range(10 ** 12))'),
  python('list bomb', 'MEMORY', 'a = []\nwhile True:\n    a.append([7] * 1000)'),
  python('list bomb by repetition', 'MEMORY', 'a = [7]\nwhile True:\n    a = a * 2'),
  python('text bomb', 'MEMORY', 'a = "x"\nwhile True:\n    a = a + a'),
  python('integer bomb', 'MEMORY', 'output = 9 ** 9 ** 9'),
  python('format bomb', 'MEMORY', 'output = len(f"{1:1000000000}")'),
  python('dictionary bomb', 'MEMORY', 'd = {}\nn = 0\nwhile True:\n    n += 1\n    d[n] = str(n)'),
  python('sort of five million', 'MEMORY', 'a = [-i for i in range(5000000)]\na.sort()\noutput = a[0]'),
  python(
    'memory error that is caught',
    'MEMORY',
    'try:\n    a = "x" * 10 ** 9\nexcept MemoryError:\n    output = "caught"',
  ),
  python('backtracking pattern', 'THROWN', 'import re\noutput = bool(re.match(r"^(a|a)*(?=b)\\1$", "a" * 40 + "!"))'),
  python('deep recursion', 'THROWN', 'def f(n):\n    return f(n + 1)\noutput = f(0)'),
  python(
    'deep recursion by built-in functions',
    'THROWN',
    'def f(n):\n    return sorted([1], key=lambda x: f(n + 1))\nf(0)',
  ),
  python('deep output', 'OUTPUT', 'a = []\nfor i in range(100000):\n    a = [a]\noutput = a'),
  python(
    'a value that kills its process',
    'CRASHED',
    'import json\na = []\nfor i in range(100000):\n    a = [a]\noutput = json.dumps(a)',
  ),
  python('huge output', 'OUTPUT', 'output = "x" * 2000000'),
  python('flood of prints', 'OUTPUT', 'while True:\n    print("x" * 1000)'),
  python('file', 'UNSUPPORTED', 'output = open("/etc/passwd").read()'),
  python('file by a path', 'UNSUPPORTED', 'from pathlib import Path\noutput = Path("/etc/passwd").read_text()'),
  python('directory', 'THROWN', 'import os\noutput = os.listdir("/")'),
  python('environment', 'UNSUPPORTED', 'import os\noutput = dict(os.environ)'),
  python('process', 'UNSUPPORTED', 'import subprocess\noutput = subprocess.run(["id"])'),
  python('network', 'UNSUPPORTED', 'import socket\noutput = socket.socket()'),
  python('import of the system', 'THROWN', '__import__("os").system("id")'),
  python('evaluation', 'THROWN', 'output = eval("1")'),
  python('walk over classes', 'THROWN', 'output = ().__class__.__bases__[0].__subclasses__()'),
  python('walk over functions', 'THROWN', 'def f():\n    pass\noutput = f.__globals__'),
];

/** Time that lets it fail for its reason, in milliseconds, also on a busy machine. */
export const timeFor = ({ reason }: HostileCode): number => (reason === 'TIMEOUT' ? 300 : 20_000);
