import { validate as isUuid } from 'uuid';
import { validationError } from '../errors/index.js';

/** One page, newest first. The envelope style prints `cursor` and `hasMore` under `meta`. */
export interface Page<T> {
  data: T[];
  /** Pass it to get the next page; null on the last one. */
  cursor: string | null;
  hasMore: boolean;
}

/** The opaque cursor after the item with this id (ids are UUIDv7, so they sort by creation). */
export const encodeCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** The id a cursor stands for. */
export function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isUuid(id)) {
    throw validationError('Invalid query', {
      details: [{ path: ['cursor'], message: 'must be the cursor of an earlier page; leave it out to start over' }],
    });
  }
  return id;
}

/** Makes a page of `limit` items from a query that asked for one more. */
export function toPage<Row extends { id: string }, T>(rows: Row[], limit: number, toDto: (row: Row) => T): Page<T> {
  const hasMore = rows.length > limit;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map(toDto), cursor: hasMore && last ? encodeCursor(last.id) : null, hasMore };
}
