/** Why a JSON text or value was refused. */
export type JsonGuardReason =
  | 'SYNTAX'
  | 'TOO_LARGE'
  | 'TOO_DEEP'
  | 'TOO_MANY_KEYS'
  | 'FORBIDDEN_KEY'
  | 'DUPLICATE_KEY'
  | 'NUL_CHARACTER'
  | 'LONE_SURROGATE'
  | 'UNSAFE_NUMBER'
  | 'NOT_JSON';

/** The steps from the root to a value: object keys and array indexes. */
export type JsonPath = readonly (string | number)[];

const LONGEST_SEGMENT = 64;

/** Thrown for JSON that is refused. The message is written for the sender and names the fix. */
export class JsonGuardError extends Error {
  override readonly name = 'JsonGuardError';
  /** RFC 6901 pointer to the fault; a key longer than 64 characters is cut and ends in `…`. */
  readonly pointer: string;

  /**
   * @param position offset of the fault in the text, in UTF-16 code units; 0 for values that did not come from text
   */
  constructor(
    readonly reason: JsonGuardReason,
    path: JsonPath,
    readonly position: number,
    message: string,
  ) {
    super(message);
    this.pointer = path.map((segment) => `/${escapeSegment(segment)}`).join('');
  }
}

function escapeSegment(segment: string | number): string {
  if (typeof segment === 'number') return String(segment);
  return shorten(segment).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Cuts a text that is to be quoted in a message to 64 characters and `…`, never inside a surrogate pair. */
export function shorten(text: string): string {
  if (text.length <= LONGEST_SEGMENT) return text;
  const last = text.charCodeAt(LONGEST_SEGMENT - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? LONGEST_SEGMENT - 1 : LONGEST_SEGMENT;
  return `${text.slice(0, end)}…`;
}
