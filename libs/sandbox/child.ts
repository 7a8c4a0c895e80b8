import { Worker } from 'node:worker_threads';
import type { CodeResult, JobMessage } from './protocol.js';
import { JavaScript } from './run-javascript.js';
import { runPython } from './run-python.js';
import { shortened } from './problems.js';

/** Entry of a child process: says that it is ready, then runs one job after the other until its parent ends it. */
const javascript = await JavaScript.load();

const run = async (job: JobMessage): Promise<CodeResult> =>
  job.language === 'python' ? runPython(job) : javascript.run(job);

process.on('message', (job: JobMessage) => {
  run(job).then(
    (result) => process.send?.(shortened(result)),
    // The interpreter itself is broken; the parent starts another process.
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));

/** Code may keep this thread busy when the parent dies, so that it hears of nothing. */
const WATCH = `const { workerData } = require('node:worker_threads');
setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL'); }, 250);`;
new Worker(WATCH, {
  eval: true,
  workerData: process.ppid,
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16 },
}).unref();

process.send?.('ready');
