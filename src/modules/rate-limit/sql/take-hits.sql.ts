import type { Statement } from '../../../platform/database/index.js';

/** Parts of a window. */
export const PARTS = 60;

/**
 * Counts several keys' hits and says how many of each were granted. $1 keys (each once), $2 hits a key asks for, $3 its limit,
 * $4 milliseconds of a part.
 *
 * A row holds the counts of the last 61 parts, newest first. 60 parts would be too few: the oldest one has hits of its whole length, some
 * of which are still in the window. So a hit counts for 60 to 61 parts, and the limit is never exceeded in any window.
 *
 * The row lock that ON CONFLICT takes makes it exact among processes: `w` is the row as its last writer left it, and a part that is
 * newer than this statement's clock stays the newest. Rows are locked in the order of their keys, against deadlocks.
 * `granted` of the source is the most that could be granted, so that only the quota must be carried besides it.
 * Plan: one `rate_windows_pkey` arbiter look-up a key; the update is HOT.
 */
export const TAKE_HITS: Statement = {
  name: 'rate-limit.take-hits',
  text: `
insert into rate_windows as w (key, newest, counts, quota, granted)
select asked.key, floor(clock.ms / $4::float8)::bigint, array[least(asked.hits, asked.quota)], asked.quota, least(asked.hits, asked.quota)
from unnest($1::text[], $2::int[], $3::int[]) as asked (key, hits, quota),
     (select extract(epoch from clock_timestamp())::float8 * 1000 as ms) as clock
order by asked.key
on conflict (key) do update set (newest, counts, quota, granted) = (
  select slid.newest, array[slid.counts[1] + room.granted] || slid.counts[2:${PARTS + 1}], excluded.quota, room.granted
  from (
    select greatest(w.newest, excluded.newest) as newest,
           (array_fill(0, array[least(greatest(excluded.newest - w.newest, 0), ${PARTS + 1})::int]) || w.counts)[1:${PARTS + 1}] as counts
  ) as slid,
  lateral (
    select greatest(0, least(excluded.granted, excluded.quota - (select sum(hits) from unnest(slid.counts) as hits)))::int as granted
  ) as room
)
returning key, newest::float8 as newest, counts, granted, extract(epoch from clock_timestamp())::float8 * 1000 as now`,
};

/** $1 milliseconds of a part. Forgets rows without a hit in the window; one that is being written is not among them. */
export const FORGET_WINDOWS: Statement = {
  name: 'rate-limit.forget-windows',
  text: `
delete from rate_windows where key in (
  select key from rate_windows
  where newest < floor(extract(epoch from clock_timestamp())::float8 * 1000 / $1::float8) - ${PARTS}
  for update skip locked
)`,
};
