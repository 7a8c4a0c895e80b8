import { parentPort } from 'node:worker_threads';

import type { Json } from '#libs/json-guard';

import { compileSchema } from './compile-schema.js';
import type { CompileAnswer } from './compile-thread.js';
import { SchemaError } from './schema-error.js';

/** Entry of the thread: says that it is ready, then answers each schema. */
const port = parentPort;
if (port === null) throw new Error('compile-worker runs in a worker thread only');
port.on('message', (schema: Json) => port.postMessage(answer(schema)));
port.postMessage('ready');

function answer(schema: Json): CompileAnswer {
  try {
    compileSchema(schema);
    return null;
  } catch (error) {
    if (error instanceof SchemaError) return { message: error.message, path: error.path };
    throw error;
  }
}
