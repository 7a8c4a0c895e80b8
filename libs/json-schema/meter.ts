import type { ErrorObject } from 'ajv/dist/2020.js';

const TIME_LIMIT_MS = 500;
/** Units between two looks at the clock; a unit is 5 to 50 ns of work. */
const UNITS_PER_LOOK = 50_000;
/** About 15 MB of error objects. */
const MOST_ERRORS = 100_000;

/** Thrown out of the compiled code when an input cannot be checked in time. */
export class MeterExhausted extends Error {
  override readonly name = 'MeterExhausted';

  /** @param found what Ajv had found where it stopped */
  constructor(readonly found: readonly ErrorObject[]) {
    super('validation was stopped');
  }
}

/**
 * Bounds the time of one validation. Every part of the compiled code pays for its work as it goes; when the units run
 * out, the clock decides whether it may go on. Ordinary inputs never see the clock.
 */
export class Meter {
  /** Public because the generated code subtracts from it directly. */
  left = 0;
  private deadline = 0;

  start(): void {
    this.left = UNITS_PER_LOOK;
    this.deadline = performance.now() + TIME_LIMIT_MS;
  }

  charge(units: number): void {
    this.left -= units;
    if (this.left < 0) this.refill(null);
  }

  /** Called when nothing is left: throws, or gives the next portion. */
  refill(errors: readonly ErrorObject[] | null): void {
    if (performance.now() > this.deadline || (errors !== null && errors.length > MOST_ERRORS)) this.exhaust(errors);
    this.left = UNITS_PER_LOOK;
  }

  exhaust(errors: readonly ErrorObject[] | null): never {
    throw new MeterExhausted(errors ?? []);
  }

  /** The cost of keywords that go over a whole value, such as `maxLength`, `format` or `additionalProperties`. */
  costOfScan(value: unknown): number {
    if (typeof value === 'string') return value.length >> 4;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
    let members = 0;
    for (const _key in value) members += 1;
    return members;
  }
}
