import { RE2JS } from 're2js';
import type { Budget } from './budget.js';
import { Fault, limitFault } from './template-error.js';

const MAX_PATTERN = 1_000;
/** Program instructions × characters: about 150 ms. Matching is linear, but a program may have thousands of instructions. */
const MAX_COST = 4_000_000;

/** Whether a text contains a match. */
export type Pattern = (text: string, budget: Budget) => boolean;

/** RE2 syntax: no look-around, no back-references. @throws Fault for a pattern that is not understood */
export function compilePattern(source: string): Pattern {
  if (source.length > MAX_PATTERN) throw limitFault(`a pattern has at most ${MAX_PATTERN} characters`);
  const pattern = parse(source);
  return (text, budget) => {
    if (pattern.programSize() * text.length > MAX_COST) throw limitFault('the text is too long for this pattern');
    budget.use(text.length);
    return pattern.matcher(text).find();
  };
}

function parse(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new Fault(error instanceof Error ? error.message : 'the pattern is not understood');
  }
}
