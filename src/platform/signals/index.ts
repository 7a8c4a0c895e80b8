/** Wake-ups between processes, behind one small port. */
export { type Channel, LocalSignals, Signals } from './signals.js';
export { PostgresSignals } from './postgres-signals.js';
