import { Monty, MontyError } from '@pydantic/monty';
import type { CodeProblem } from './protocol.js';

const IMPORT = /^(?:import|from)[ \t]+([A-Za-z_]\w*)/;

/**
 * The first import outside of any block that cannot succeed. Code with texts of several lines is not looked at: a line of one may look like
 * an import.
 */
export function findMissingModule(code: string): CodeProblem | null {
  if (code.includes('"""') || code.includes("'''")) return null;
  for (const [index, line] of code.split('\n').entries()) {
    const module = IMPORT.exec(line)?.[1];
    if (module === undefined || exists(module)) continue;
    const message = `ModuleNotFoundError: No module named '${module}'`;
    return { reason: 'UNSUPPORTED', message, line: index + 1, column: 1 };
  }
  return null;
}

function exists(module: string): boolean {
  try {
    new Monty(`import ${module}`).run();
    return true;
  } catch (error) {
    if (error instanceof MontyError) return false;
    throw error;
  }
}
