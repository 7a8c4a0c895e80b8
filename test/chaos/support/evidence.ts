import { Client } from 'pg';
import type { JsonObject } from '#libs/json-guard';
import { isTerminal, type RunStatus } from '../../../src/modules/runs/run.status.js';
import { until } from '../../support/until.js';
import { type Move, READ_MOVES } from './moves.js';

/** A run as the database has it after the faults. */
export interface RunRow {
  organization_id: string;
  id: string;
  workflow_id: string;
  status: RunStatus;
  input: JsonObject;
  output: unknown;
  error: { code: string } | null;
  last_seq: number;
}

/** Events that were written together. */
export interface Segment {
  run_id: string;
  last_seq: number;
  events: { type: string; attempt?: number; stepId?: string }[];
}

/** Everything the database has to say. */
export interface Evidence {
  runs: RunRow[];
  segments: Segment[];
  moves: Move[];
}

/** Waits until every run is over, at most `settleMs`, and reads all there is. Runs that are not over then are left for the checker to find. */
export async function gather(databaseUrl: string, settleMs: number): Promise<Evidence> {
  const client = new Client({ connectionString: databaseUrl, options: '-c search_path=app' });
  await client.connect();
  try {
    const read = async <Row extends object>(text: string): Promise<Row[]> => (await client.query(text)).rows as Row[];
    const settled = async (): Promise<boolean> =>
      (await read<{ status: RunStatus }>('select distinct status from runs')).every(({ status }) => isTerminal(status));
    await until(settled, { timeoutMs: settleMs, intervalMs: 100 }).catch(() => undefined);
    return {
      runs: await read<RunRow>(
        'select organization_id, id, workflow_id, status, input, output, error, last_seq from runs',
      ),
      segments: await read<Segment>('select run_id, last_seq, events from run_events order by run_id, last_seq'),
      moves: await read<Move>(READ_MOVES),
    };
  } finally {
    await client.end();
  }
}
