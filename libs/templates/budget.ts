import { limitFault } from './template-error.js';

/** Source of one string with templates, in UTF-16 units. */
export const MAX_SOURCE = 100_000;
/** `{{ … }}` and `{% … %}` in one string; also bounds how deep tags nest. */
export const MAX_PLACEHOLDERS = 1_000;
/** One `{{ … }}` or `{% … %}`: nothing inside is interrupted by the clock, so it stays short. */
export const MAX_PLACEHOLDER = 2_000;
/** Text produced by one resolve, in UTF-8 bytes. */
export const MAX_TEXT = 1_048_576;

/** Units of work and memory one evaluation may use: list elements visited, characters built. */
const MAX_WORK = 5_000_000;
/** Data that one resolve may pass on, in characters and elements: more than the largest request body (10 MiB) once. */
const MAX_PASSED = 16_777_216;
/** Of the clock and then of the processor, in milliseconds. */
const TIME_LIMIT_MS = 100;
const TICKS_PER_CLOCK_READ = 64;

/**
 * What one `resolve`, `evaluate` or `test` may spend. Evaluation is synchronous, so the clock is read wherever work is
 * charged. It stands in for both of Liquid's limiters (`use` and `check`).
 */
export class Budget {
  private work = MAX_WORK;
  private text = MAX_TEXT;
  private passed = MAX_PASSED;
  private ticks = 0;
  private deadline = 0;
  private suspicious = false;
  private spentBefore = 0;

  /** Charges units of work. Liquid passes what a template gave it, text and NaN as well: only what is above zero counts. */
  use(units: unknown): void {
    const charged = Number(units);
    if (charged > 0) this.work -= charged;
    if (this.work < 0) throw limitFault('the template uses too much memory');
    this.check(performance.now());
  }

  /**
   * The clock only raises the suspicion: a process that was stalled (a busy machine, garbage collection) has spent no time on the template,
   * and its runs must not fail for that. From then on the processor time of the process counts.
   * @param now milliseconds of the monotonic clock
   */
  check(now: number): void {
    if (this.suspicious) {
      if (processorTime() - this.spentBefore > TIME_LIMIT_MS) throw limitFault('the template takes too long');
    } else if (this.deadline === 0) {
      this.deadline = now + TIME_LIMIT_MS;
    } else if (now > this.deadline) {
      this.suspicious = true;
      this.spentBefore = processorTime();
    }
  }

  /** One element of a list; far cheaper than `use(1)`. */
  tick(): void {
    this.ticks += 1;
    if (this.ticks % TICKS_PER_CLOCK_READ === 0) this.use(TICKS_PER_CLOCK_READ);
  }

  /** A substring search may cost the product of both lengths in V8 (periodic needles): 47 s for 1 MB in 0.5 MB. */
  search(text: string, needle: string): void {
    this.use((text.length * needle.length) / 64);
  }

  produce(text: string): void {
    this.text -= Buffer.byteLength(text);
    if (this.text < 0) throw limitFault('the template produces more than 1 MiB of text');
  }

  pass(units: number): void {
    this.passed -= units;
    if (this.passed < 0) throw limitFault('the template repeats more data than one value may hold');
  }
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
