import { Drop, toValue, type FilterImplOptions } from 'liquidjs';
import type { Budget } from './budget.js';

type LiquidFilter = Extract<FilterImplOptions, (...args: never[]) => unknown>;

/** What Liquid binds to `this` of a filter. */
export type FilterCall = ThisParameterType<LiquidFilter>;

/** A filter: the value on its left, then its arguments; named arguments arrive as `[name, value]`. */
export type Filter = (this: FilterCall, value: unknown, ...args: unknown[]) => unknown;

export type Filters = Readonly<Record<string, Filter>>;

/** Our contexts carry a Budget as Liquid's memory limiter. */
export function budgetOf(call: FilterCall): Budget {
  return call.context.memoryLimit as unknown as Budget;
}

/** Charges every call, so that a chain of cheap filters meets the clock too, and passes Liquid's literals as plain values. */
export function guarded(filter: Filter): Filter {
  return function (value, ...args) {
    budgetOf(this).use(1);
    return filter.call(this, plain(value), ...args.map(plain));
  };
}

function plain(value: unknown): unknown {
  return value instanceof Drop ? toValue(value) : value;
}
