/** Formats of the time zones in use; making one costs a hundred times as much as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether this is the name of a zone in the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    // Offsets such as +02:00 are accepted by Intl, but are no zone.
    return /^[A-Za-z]/.test(name) && Boolean(formatOf(name));
  } catch {
    return false;
  }
}

/** What the clocks of the zone show at `instant`, as if it were UTC: in milliseconds. */
export const wallTime = (timezone: string, instant: number): number => instant + offsetAt(timezone, instant);

/** By how much the zone's clocks are ahead of UTC at `instant`, in milliseconds. */
export function offsetAt(timezone: string, instant: number): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(formatOf(timezone).format(instant)) ?? [];
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

/**
 * The first instant at which the zone's clocks show `wall`. When they skip it, the instant at which they are put forward.
 */
export function firstInstant(timezone: string, wall: number): number {
  const [before, after] = [wall - DAY_MS, wall + DAY_MS];
  const instants = [offsetAt(timezone, before), offsetAt(timezone, after)]
    .map((offset) => wall - offset)
    .filter((instant) => wallTime(timezone, instant) === wall);
  return instants.length > 0 ? Math.min(...instants) : nextChange(timezone, before, after);
}

/** The first instant in (`from`, `to`] that has another offset than `from`. There must be exactly one change between the two. */
export function nextChange(timezone: string, from: number, to: number): number {
  const offset = offsetAt(timezone, from);
  let [same, other] = [from, to];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(timezone, middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
    formats.set(timezone, format);
  }
  return format;
}
