const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = '(?<time>\\d{2}:\\d{2}:\\d{2})';
const MONTH = `(?<month>${MONTHS.join('|')})`;

/** The three forms of an HTTP-date that a recipient must accept (RFC 9110 §5.6.7); all of them are in GMT. */
const HTTP_DATES = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * The wait that a `Retry-After` field asks for (RFC 9110 §10.2.3), in milliseconds from `now`: whole seconds or an
 * HTTP-date in any of its three forms. A date in the past is 0; the wait is not capped here.
 *
 * @returns undefined for no field and for anything else in it, which is to be ignored.
 * @example parseRetryAfter('120', now) // 120000
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  const at = parseHttpDate(text, now);
  return at === undefined ? undefined : Math.max(0, at - now.getTime());
}

function parseHttpDate(text: string, now: Date): number | undefined {
  const match = HTTP_DATES.map((form) => form.exec(text)).find((found) => found !== null);
  const { day = '', month = '', year = '', time = '' } = match?.groups ?? {};
  const monthNumber = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  const iso = `${fullYear(year, now)}-${monthNumber}-${day.trim().padStart(2, '0')}T${time}Z`;
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}

/** A two-digit year that would lie more than 50 years ahead is the past one with the same digits (RFC 9110 §5.6.7). */
function fullYear(year: string, now: Date): string {
  if (year.length !== 2) return year;
  const current = now.getUTCFullYear();
  const inThisCentury = current - (current % 100) + Number(year);
  return String(inThisCentury > current + 50 ? inThisCentury - 100 : inThisCentury);
}
