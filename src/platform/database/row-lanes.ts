import { Grouped } from './grouped.js';

/** A row on its way into a statement that takes a JSON array of rows. */
export interface JsonRow {
  id: string;
  /** The row as JSON text. */
  json: string;
  /** Two rows with the same key never share a statement. */
  key: string | undefined;
}

/** Rows longer than this, in characters, do not share statements with shorter ones. */
const LARGE = 64 * 1024;
const LARGE_BATCH = 4;

/**
 * Group commit in two lanes: a small row never waits for the megabytes of somebody else, and large ones share a statement with few.
 */
export class RowLanes<Result> {
  private readonly small: Grouped<JsonRow, Result>;
  private readonly large: Grouped<JsonRow, Result>;

  /** @param send writes the rows, given as the text of a JSON array, and answers for each in its order */
  constructor(send: (rows: JsonRow[], json: string) => Promise<Result[]>) {
    const sendAll = (rows: JsonRow[]) => send(rows, `[${rows.map(({ json }) => json).join(',')}]`);
    const keyOf = ({ key }: JsonRow) => key;
    this.small = new Grouped(sendAll, { keyOf });
    this.large = new Grouped(sendAll, { keyOf, maxBatch: LARGE_BATCH });
  }

  call(row: JsonRow): Promise<Result> {
    return (row.json.length > LARGE ? this.large : this.small).call(row);
  }
}
