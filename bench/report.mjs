// The tables. Ratios are taken within a round, where the systems had the same machine, and then the median over the rounds.
import { cpus, loadavg, totalmem } from 'node:os';
import { CONNECTIONS } from './rounds.mjs';

const L4 = 'L4 insert + update';

/** @returns {string} Markdown */
export function writeReport({ mode, load, rounds, starts, costs }) {
  const parts = [`# Benchmark`, describeMachine(mode, load, rounds)];
  if (rounds?.complaints.length > 0)
    parts.push('**Wrong answers:**', ...rounds.complaints.map((text) => `\`\`\`\n${text}\n\`\`\``));
  parts.push('## Figures', table(['', 'goal', 'measured', ''], figures(rounds, starts, costs)));
  if (rounds) parts.push('## Under load', LEGEND, loadTable(rounds), '### Runs', runsTable(rounds));
  if (starts) parts.push('## Starts', startsTable(starts));
  if (costs) parts.push('## What it costs', costsTable(costs), '### Statements when idle', idleTable(costs));
  return `${parts.join('\n\n')}\n`;
}

const LEGEND = `Medians over the rounds; in brackets the lowest and highest round. CPU is µs an answer of the server + of PostgreSQL + of the
load client, and its ratio is that of the first two; *others* is what the rest of the machine took meanwhile, in cores.`;

function describeMachine(mode, load, rounds) {
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${mode}, Node ${process.versions.node}${rounds ? `, PostgreSQL ${rounds.database} (embedded, durable)` : ''}.`,
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB; load average ${load.toFixed(2)} before, ${loadavg()[0].toFixed(2)} after.`,
  ];
  if (!rounds) return lines.join('\n');
  const l4 = Math.max(
    ...CONNECTIONS.map((connections) => spread(rounds.cells[L4][connections].map(({ rate }) => rate))),
  );
  const others = Object.values(rounds.cells).flatMap((byConnections) =>
    Object.values(byConnections)
      .flat()
      .map((cell) => cell.others),
  );
  lines.push(
    `Noise: a fixed piece of work for one core took ${range(
      rounds.noise.map(({ cpuMs }) => cpuMs),
      0,
    )} ms, a durable 8 kB write ` +
      `${range(
        rounds.noise.map(({ fsyncMs }) => fsyncMs),
        2,
      )} ms; L4's rate differed by up to ${Math.round(l4 * 100)} % between rounds; ` +
      `other processes took ${range(others, 2)} cores.`,
  );
  return lines.join('\n');
}

function figures(rounds, starts, costs) {
  const rows = [];
  const atLeast = (name, goal, values, unit = '× L4') =>
    rows.push([name, `≥ ${goal} ${unit}`, show(values, 2), verdict(median(values) >= goal)]);
  const atMost = (name, goal, values, unit, digits = 1) =>
    rows.push([name, `≤ ${goal} ${unit}`, show(values, digits), verdict(median(values) <= goal)]);
  if (rounds) {
    for (const connections of [16, 64])
      atLeast(`synchronous, ${connections} connections`, 0.7, rateRatios(rounds, 'synchronous', connections));
    atMost(
      'synchronous, p50 at one connection',
      1.3,
      ratios(rounds, 'synchronous', 1, ({ latencies }) => latencies.p50),
      '× L4',
      2,
    );
    for (const connections of [16, 64])
      atLeast(`accept, ${connections} connections`, 0.8, rateRatios(rounds, 'accept, ROLE=api', connections));
    for (const connections of [16, 64])
      atLeast(`webhook, ${connections} connections`, 0.8, rateRatios(rounds, 'webhook, ROLE=api', connections));
    for (const [name, rates] of Object.entries(rounds.endToEnd)) {
      atLeast(
        `end to end, ${name}`,
        0.6,
        rates.map((rate, round) => rate / rounds.cells[L4][64][round].rate),
      );
    }
    for (const [name, values] of Object.entries(rounds.lowLoad)) {
      atMost(
        `accept → done at low load, p50, ${name}`,
        10,
        values.map(({ seen }) => seen),
        'ms',
      );
    }
  }
  if (starts) {
    atMost(
      'first start',
      5,
      starts.map(({ first }) => first / 1000),
      's',
      2,
    );
    atMost(
      'later start',
      2,
      starts.map(({ later }) => later / 1000),
      's',
      2,
    );
  }
  for (const [name, cost] of Object.entries(costs ?? {})) {
    atMost(`idle memory, ${name}`, 180, [cost.idleMb], 'MB', 0);
    atMost(`statements when idle, ${name}`, 60, [cost.perMinute], 'a minute', 0);
  }
  return rows;
}

const verdict = (met) => (met ? 'met' : '**missed**');

function loadTable({ cells }) {
  const rows = Object.entries(cells).flatMap(([name, byConnections]) =>
    CONNECTIONS.map((connections) => {
      const of = (pick) => byConnections[connections].map(pick);
      return [
        name,
        connections,
        show(
          of(({ rate }) => rate),
          0,
        ),
        show(rateRatios({ cells }, name, connections), 2),
        median(of(({ latencies }) => latencies.p50)).toFixed(2),
        median(of(({ latencies }) => latencies.p99)).toFixed(1),
        ['appCpu', 'databaseCpu', 'clientCpu'].map((key) => median(of((cell) => cell[key])).toFixed(0)).join(' + '),
        show(
          ratios({ cells }, name, connections, ({ appCpu, databaseCpu }) => appCpu + databaseCpu),
          2,
        ),
        median(of(({ others }) => others)).toFixed(2),
      ];
    }),
  );
  return table(['system', 'connections', 'answers/s', '÷ L4', 'p50 ms', 'p99 ms', 'CPU µs', '÷ L4', 'others'], rows);
}

function runsTable({ endToEnd, lowLoad }) {
  const rows = Object.keys(endToEnd).map((name) => [
    name,
    show(endToEnd[name], 0),
    show(
      lowLoad[name].map(({ stored }) => stored),
      1,
    ),
    show(
      lowLoad[name].map(({ seen }) => seen),
      1,
    ),
  ]);
  return table(['', 'end to end, runs/s', 'created → completed, p50 ms', 'post sent → event received, p50 ms'], rows);
}

function startsTable(starts) {
  const of = (key) =>
    show(
      starts.map((start) => start[key] / 1000),
      2,
    );
  return table(
    ['', 's to the first 200'],
    [
      ['empty data directory', of('first')],
      ['later', of('later')],
    ],
  );
}

function costsTable(costs) {
  const names = Object.keys(costs);
  const row = (label, pick) => [label, ...names.map((name) => pick(costs[name]))];
  const kinds = Object.keys(costs[names[0]].statements);
  return table(
    ['', ...names],
    [
      row('memory when idle, MB', ({ idleMb }) => idleMb.toFixed(0)),
      row('memory after load, MB', ({ loadedMb }) => loadedMb.toFixed(0)),
      row('statements a minute when idle', ({ perMinute }) => perMinute.toFixed(0)),
      ...kinds.map((kind) =>
        row(`statements a request: ${kind} connections`, ({ statements }) => statements[kind].toFixed(2)),
      ),
    ],
  );
}

function idleTable(costs) {
  const rows = Object.entries(costs).flatMap(([name, { idle }]) =>
    idle.map(({ calls, query }) => [name, calls, `\`${query.trim().slice(0, 100)}\``]),
  );
  return table(['', 'in the window', 'statement'], rows);
}

/** @returns {string} Markdown */
export function writeProfile({ kind, connections }, { answers, busy, self, total, origins }) {
  const rows = (list) =>
    list.map(({ name, ms }) => [
      `${((ms / busy) * 100).toFixed(1)} %`,
      ((ms / answers) * 1000).toFixed(1),
      name.replaceAll('|', '\\|'),
    ]);
  const columns = ['share', 'µs an answer', ''];
  const own = total.filter(({ name }) => name.includes(' dist/')).slice(0, 30);
  return [
    `# Profile: ${kind}, ${connections} connections`,
    `${answers} answers, ${((busy / answers) * 1000).toFixed(0)} µs of the main thread for each, by the clock: profiling and waiting for a core included.`,
    '## By origin, self time',
    table(columns, rows(origins.slice(0, 25))),
    '## By function, self time',
    table(columns, rows(self.slice(0, 30))),
    '## By function of Runhook, with what it calls synchronously',
    table(columns, rows(own)),
    '',
  ].join('\n\n');
}

const rateRatios = (rounds, name, connections) => ratios(rounds, name, connections, ({ rate }) => rate);

const ratios = ({ cells }, name, connections, pick) =>
  cells[name][connections].map((cell, round) => pick(cell) / pick(cells[L4][connections][round]));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const range = (values, digits) => `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
const show = (values, digits) =>
  `${median(values).toFixed(digits)}${values.length > 1 ? ` [${range(values, digits)}]` : ''}`;
const spread = (values) => Math.max(...values) / Math.min(...values) - 1;

const line = (cells) => `| ${cells.join(' | ')} |`;

function table(head, rows) {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
