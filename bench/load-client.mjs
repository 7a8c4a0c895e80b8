// The load client, a process of its own. It takes one job a message from its parent and answers with what it saw.
//
// It speaks just enough HTTP/1.1 for servers that send Content-Length: client and server share the cores, so whatever the client spends is
// taken from what is measured (README.md has the comparison with other clients).
import { connect } from 'node:net';

const NOTHING = Buffer.alloc(0);

/**
 * @typedef {object} Job
 * @property {number} port on 127.0.0.1
 * @property {string} request the whole request as sent, the same each time
 * @property {number} connections kept alive, one request at a time on each
 * @property {number} seconds after which no request is sent any more
 * @property {number} [total] requests at most
 * @property {number} status of a right answer
 * @property {string} contains what the body of a right answer contains
 */

/** @param {Job} job */
async function run(job) {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const session = {
    job,
    bytes: Buffer.from(job.request),
    until: begun + job.seconds * 1000,
    left: job.total ?? Infinity,
    latencies: [],
    wrong: 0,
    sample: undefined,
  };
  const startedAt = Date.now();
  await Promise.all(Array.from({ length: job.connections }, () => drive(session)));
  const { user, system } = process.cpuUsage(cpu);
  const { latencies, wrong, sample } = session;
  const seconds = (performance.now() - begun) / 1000;
  return {
    startedAt,
    seconds,
    answers: latencies.length,
    latencies: percentiles(latencies),
    wrong,
    sample,
    cpuSeconds: (user + system) / 1e6,
  };
}

/** One connection: sends, waits for the whole answer, sends again. */
function drive(session) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: session.job.port, host: '127.0.0.1', noDelay: true });
    let received = NOTHING;
    let sentAt = 0;
    const next = () => {
      sentAt = performance.now();
      if (sentAt >= session.until || session.left-- <= 0) return (socket.destroy(), resolve());
      socket.write(session.bytes);
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk;
      const answer = parse(received);
      if (!answer) return;
      if (isRight(session.job, answer)) session.latencies.push(performance.now() - sentAt);
      else {
        session.wrong++;
        session.sample ??= received.toString().slice(0, 1500);
      }
      received = NOTHING;
      next();
    });
  });
}

/** The answer once it is there whole. One without Content-Length counts as whole and is wrong. */
function parse(received) {
  const head = received.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.latin1Slice(0, head));
  const end = head + 4 + Number(length?.[1] ?? 0);
  if (received.length < end) return undefined;
  return { status: Number(received.latin1Slice(9, 12)), body: received.subarray(head + 4, end) };
}

const isRight = (job, { status, body }) => status === job.status && body.includes(job.contains);

/** In milliseconds. */
function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

process.on('message', (job) => {
  run(job).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
