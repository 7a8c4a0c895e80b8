import 'reflect-metadata';
import { startServer } from './bootstrap/start-server.js';
import { InvalidSettings, loadSettings } from './platform/config/index.js';
import { armFaults } from './platform/faults/index.js';

try {
  const settings = loadSettings(process.env);
  armFaults(settings.FAULT_AT, process.env['NODE_ENV']);
  await startServer(settings);
} catch (error) {
  const expected = error instanceof InvalidSettings;
  process.stderr.write(`${expected || !(error instanceof Error) ? String(error) : error.stack}\n`);
  process.exit(1);
}
