import { round } from './decimal.js';

interface NumericFunction {
  readonly least: number;
  readonly most: number;
  call(values: readonly number[]): number;
}

const FUNCTIONS: Readonly<Record<string, NumericFunction>> = {
  abs: { least: 1, most: 1, call: ([value = 0]) => Math.abs(value) },
  ceil: { least: 1, most: 1, call: ([value = 0]) => Math.ceil(value) },
  floor: { least: 1, most: 1, call: ([value = 0]) => Math.floor(value) },
  max: { least: 1, most: 20, call: (values) => Math.max(...values) },
  min: { least: 1, most: 20, call: (values) => Math.min(...values) },
  round: { least: 1, most: 2, call: ([value = 0, places]) => round(value, places) },
};

/** The function of that name, if it takes so many numbers. */
export function numericFunction(name: string, count: number): NumericFunction | undefined {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return found !== undefined && count >= found.least && count <= found.most ? found : undefined;
}
