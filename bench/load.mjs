// Puts load on a system and weighs what it costs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, familyCpuSeconds, machineCpuSeconds } from './processes.mjs';

/**
 * @typedef {object} Cell what one system did at one number of connections in one round
 * @property {number} rate answers a second
 * @property {{p50: number, p99: number}} latencies ms
 * @property {number} appCpu µs an answer of the server process
 * @property {number} databaseCpu µs an answer of PostgreSQL with its backends
 * @property {number} clientCpu µs an answer of the load client
 * @property {number} others cores that other processes of the machine took meanwhile
 */

/**
 * The load client: one process for the whole bench, so that it is as warm for the first system as for the last. Wrong answers do not count as
 * answers, and are kept as complaints.
 */
export function startLoadClient() {
  const child = fork(fileURLToPath(new URL('load-client.mjs', import.meta.url)));
  const complaints = [];
  const send = async (job) => {
    child.send(job);
    const [{ result, error }] = await once(child, 'message');
    if (error) throw new Error(`The load client: ${error}`);
    if (result.wrong > 0)
      complaints.push(`${result.wrong} of ${result.wrong + result.answers} answers, one of them:\n${result.sample}`);
    return result;
  };
  return { send, complaints, close: () => child.disconnect() };
}

/**
 * Warms up, then measures.
 *
 * @param {{send: Function}} client
 * @param {import('./load-client.mjs').Job} request
 * @param {{connections: number, seconds: number, pids: {app: number, database: number}}} options
 * @returns {Promise<Cell>}
 */
export async function measure(client, request, { connections, seconds, pids }) {
  await client.send({ ...request, connections, seconds: seconds / 4 });
  const before = weigh(pids);
  const {
    answers,
    latencies,
    seconds: took,
    cpuSeconds: clientSeconds,
  } = await client.send({ ...request, connections, seconds });
  const after = weigh(pids);
  const spent = (key) => after[key] - before[key];
  const perAnswer = (cpu) => (cpu / answers) * 1e6;
  return {
    rate: answers / took,
    latencies,
    appCpu: perAnswer(spent('app')),
    databaseCpu: perAnswer(spent('database')),
    clientCpu: perAnswer(clientSeconds),
    others: Math.max(0, spent('machine') - spent('app') - spent('database') - clientSeconds) / took,
  };
}

const weigh = ({ app, database }) => ({
  app: cpuSeconds(app),
  database: familyCpuSeconds(database),
  machine: machineCpuSeconds(),
});
