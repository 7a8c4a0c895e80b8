import type { CodeLanguage } from '#libs/sandbox';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const PYTHON = words(`
  False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda
  match nonlocal not or pass raise return try type while with yield
  abs all any bin bool bytes callable chr dict dir divmod enumerate filter float format frozenset getattr hasattr hash hex id int isinstance
  issubclass iter len list map max min next object oct open ord pow print property range repr reversed round set setattr slice sorted str sum
  super tuple vars zip
`);
const JAVASCRIPT = words(`
  arguments async await break case catch class const continue debugger default delete do else enum eval export extends false finally for
  function if implements import in instanceof interface let new null package private protected public return static super switch this throw
  true try typeof undefined var void while with yield
  AggregateError Array ArrayBuffer BigInt Boolean DataView Date Error EvalError Float32Array Float64Array Function Infinity Int16Array
  Int32Array Int8Array JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError
  TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet console decodeURI decodeURIComponent
  encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt unescape
`);
/** Where code leaves its result. */
const RESULTS = ['output', 'result'];

const RESERVED = {
  python: new Set([...PYTHON, ...RESULTS]),
  javascript: new Set([...JAVASCRIPT, ...RESULTS]),
};

/** Names that mean something to the language or to the block already, so that no step can be called by them. */
export const isReserved = (name: string, language: CodeLanguage): boolean => RESERVED[language].has(name);
