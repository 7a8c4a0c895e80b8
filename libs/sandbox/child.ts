import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { CodeResult, JobMessage } from './protocol.js';

/** Entry of a child process: says that it is ready, then runs one job after the other until its parent ends it. */
const MOST_MEMORY = 64 * 1024 * 1024;
let javascript: Promise<QuickJSWASMModule> | undefined;

async function run(job: JobMessage): Promise<CodeResult> {
  if (job.language === 'python') {
    const { runPython } = await import('./run-python.js');
    return runPython(job);
  }
  const { loadJavaScript, runJavaScript } = await import('./run-javascript.js');
  javascript ??= loadJavaScript(MOST_MEMORY);
  return runJavaScript(await javascript, job);
}

process.on('message', (job: JobMessage) => {
  run(job).then(
    (result) => process.send?.(result),
    // The interpreter itself is broken; the parent starts another process.
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
