// Lets the compile thread run the TypeScript sources, as tests do. Not part of a build: tsc leaves .mjs files alone.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

const hooks = new URL('?hooks', import.meta.url).href;
if (import.meta.url !== hooks) register(hooks);

/** Takes the `source` condition of package.json, and the .ts file where the .js file is not there. */
export async function resolve(specifier, context, nextResolve) {
  const withSource = { ...context, conditions: [...context.conditions, 'source'] };
  try {
    return await nextResolve(specifier, withSource);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !specifier.endsWith('.js')) throw error;
    return nextResolve(specifier.replace(/\.js$/, '.ts'), withSource);
  }
}

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const { default: ts } = await import('typescript');
  const source = await readFile(fileURLToPath(url), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  return { format: 'module', shortCircuit: true, source: ts.transpileModule(source, { compilerOptions }).outputText };
}
