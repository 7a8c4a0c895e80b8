import { JsonGuardError, type JsonGuardReason, shorten } from './json-guard-error.js';

const END = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = 0xfeff;

/** Every integer of at most 15 digits is below 2^53. */
const SURELY_SAFE_DIGITS = 15;
/** A literal this short with an exponent of at most two digits lies between 1e-299 and 1e299, or is zero. */
const SURELY_FINITE_LENGTH = 200;

const LITERALS = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);

/**
 * Checks one JSON text (RFC 8259 and the rules of `parseGuarded`) in a single pass with an explicit stack. It builds no
 * value; per open container it keeps one path segment, and per object the set of its keys.
 */
export class JsonScanner {
  private position = 0;
  private keyCount = 0;
  private insideKey = false;
  /** One entry per open container: the current key of an object, the current index of an array. */
  private readonly path: (string | number)[] = [];
  /** The keys of each open object; nothing for an array. */
  private readonly seen: (Set<string> | undefined)[] = [];

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
    private readonly maxKeys: number,
  ) {}

  scan(): void {
    if (this.peek() === BYTE_ORDER_MARK) {
      this.fail('SYNTAX', 'The JSON text starts with a byte order mark (U+FEFF): send UTF-8 without it.');
    }
    for (;;) {
      const complete = this.value();
      if (complete && !this.moveToNextValue()) return;
    }
  }

  /** Reads a scalar or an empty container and answers true, or enters a container up to its first value: false. */
  private value(): boolean {
    this.skipSpace();
    const code = this.peek();
    if (code === QUOTE) this.string();
    else if (code === OPEN_OBJECT) return this.enter(code);
    else if (code === OPEN_ARRAY) return this.enter(code);
    else if (code === MINUS || isDigit(code)) this.number();
    else this.literal(code);
    return true;
  }

  private enter(opening: number): boolean {
    const isObject = opening === OPEN_OBJECT;
    if (this.path.length >= this.maxDepth) {
      this.fail('TOO_DEEP', `The JSON is nested deeper than ${this.maxDepth} levels: flatten it.`);
    }
    this.position += 1;
    this.skipSpace();
    if (this.peek() === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.position += 1;
      return true;
    }
    this.path.push(isObject ? '' : 0);
    this.seen.push(isObject ? new Set() : undefined);
    if (isObject) this.key('a key in double quotes or "}"');
    return false;
  }

  /** After a value: closes what ends here and goes past the comma, and the key, to the next value. False at the end. */
  private moveToNextValue(): boolean {
    for (;;) {
      this.skipSpace();
      const code = this.peek();
      const depth = this.path.length;
      if (depth === 0) return code === END ? false : this.unexpected('nothing more after the value');
      const segment = this.path[depth - 1];
      if (code === COMMA) {
        this.position += 1;
        if (typeof segment === 'number') this.path[depth - 1] = segment + 1;
        else this.key('a key in double quotes (no comma after the last member)');
        return true;
      }
      const isArray = typeof segment === 'number';
      if (code !== (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) this.unexpected(isArray ? '"," or "]"' : '"," or "}"');
      this.position += 1;
      this.path.pop();
      this.seen.pop();
    }
  }

  private key(expected: string): void {
    this.skipSpace();
    if (this.peek() !== QUOTE) this.unexpected(expected);
    const start = this.position;
    this.insideKey = true;
    const escaped = this.string();
    this.insideKey = false;
    const raw = this.text.slice(start + 1, this.position - 1);
    this.enterMember(escaped ? (JSON.parse(`"${raw}"`) as string) : raw, start);
    this.skipSpace();
    if (this.peek() !== COLON) this.unexpected('":" after the key');
    this.position += 1;
  }

  private enterMember(key: string, start: number): void {
    const top = this.path.length - 1;
    this.path[top] = key;
    this.keyCount += 1;
    if (this.keyCount > this.maxKeys) {
      this.fail('TOO_MANY_KEYS', `The JSON has more than ${this.maxKeys} object keys: send less at once.`, start);
    }
    if (key === '__proto__') this.fail('FORBIDDEN_KEY', 'The key "__proto__" is not allowed: rename it.', start);
    const keys = this.seen[top];
    if (keys?.has(key) === true) {
      this.fail('DUPLICATE_KEY', `The key "${shorten(key)}" occurs twice in one object: keep one of them.`, start);
    }
    keys?.add(key);
  }

  /** Stands at the opening quote, ends after the closing one; answers whether the string holds escapes. */
  private string(): boolean {
    const { text } = this;
    const end = text.length;
    let escaped = false;
    let position = this.position + 1;
    for (;;) {
      const code = position < end ? text.charCodeAt(position) : END;
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        position = this.escape(position);
      } else if (code < 0x20) {
        this.brokenString(code, position);
      } else if (code >= 0xd800 && code <= 0xdfff) {
        if (!isHighSurrogate(code) || !isLowSurrogate(text.charCodeAt(position + 1))) this.loneSurrogate(position);
        position += 2;
      } else {
        position += 1;
      }
    }
    this.position = position + 1;
    return escaped;
  }

  /** @returns the position after the escape sequence, or after both halves of an escaped surrogate pair */
  private escape(at: number): number {
    const letter = this.text.charAt(at + 1);
    if (letter !== 'u') {
      if (letter !== '' && '"\\/bfnrt'.includes(letter)) return at + 2;
      this.fail('SYNTAX', `Invalid JSON at position ${at}: only \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX escape.`, at);
    }
    const unit = this.hexUnit(at);
    if (unit === 0) this.nul(at);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const paired = isHighSurrogate(unit) && this.text.startsWith('\\u', at + 6) && isLowSurrogate(this.hexUnit(at + 6));
    return paired ? at + 12 : this.loneSurrogate(at);
  }

  private hexUnit(at: number): number {
    const digits = this.text.slice(at + 2, at + 6);
    if (!/^[0-9a-f]{4}$/i.test(digits)) {
      this.fail('SYNTAX', `Invalid JSON at position ${at}: \\u takes four hexadecimal digits.`, at);
    }
    return Number.parseInt(digits, 16);
  }

  private number(): void {
    const start = this.position;
    if (this.peek() === MINUS) this.position += 1;
    const first = this.position;
    const digits = this.digits();
    if (digits > 1 && this.text.charCodeAt(first) === ZERO) {
      this.fail('SYNTAX', `Invalid JSON at position ${first}: a number must not start with 0.`, first);
    }
    let isInteger = true;
    if (this.peek() === DOT) {
      isInteger = false;
      this.position += 1;
      this.digits();
    }
    let exponentDigits = 0;
    if ((this.peek() | 0x20) === 0x65) {
      isInteger = false;
      this.position += 1;
      const sign = this.peek();
      if (sign === 0x2b || sign === MINUS) this.position += 1;
      exponentDigits = this.digits();
    }
    if (isInteger && digits > SURELY_SAFE_DIGITS) this.checkInteger(start);
    const isShort = this.position - start <= SURELY_FINITE_LENGTH && exponentDigits <= 2;
    if (!isInteger && !isShort) this.checkDecimal(start);
  }

  /** Goes past one or more digits and answers how many there were. */
  private digits(): number {
    const start = this.position;
    while (isDigit(this.peek())) this.position += 1;
    if (this.position === start) this.unexpected('a digit');
    return this.position - start;
  }

  private checkInteger(start: number): void {
    const literal = this.text.slice(start, this.position);
    if (Number.isSafeInteger(Number(literal))) return;
    this.fail(
      'UNSAFE_NUMBER',
      `The integer ${shorten(literal)} cannot be kept exactly (limit ±9007199254740991): send it as a string.`,
      start,
    );
  }

  private checkDecimal(start: number): void {
    const literal = this.text.slice(start, this.position);
    const value = Number(literal);
    if (Number.isFinite(value) && (value !== 0 || !/^[-.0]*[1-9]/.test(literal))) return;
    const fault = value === 0 ? 'too small to be kept and would become 0' : 'too large to be kept';
    this.fail('UNSAFE_NUMBER', `The number ${shorten(literal)} is ${fault}: send it as a string.`, start);
  }

  private literal(code: number): void {
    const word = LITERALS.get(code);
    if (word === undefined || !this.text.startsWith(word, this.position)) this.unexpected('a value');
    this.position += word.length;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.peek();
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.position += 1;
    }
  }

  private peek(): number {
    return this.position < this.text.length ? this.text.charCodeAt(this.position) : END;
  }

  private brokenString(code: number, at: number): never {
    if (code === 0) this.nul(at);
    const fix = code === END ? 'the string is not closed by a double quote' : 'escape control characters in a string';
    this.fail('SYNTAX', `Invalid JSON at position ${at}: ${fix}.`, at);
  }

  private nul(at: number): never {
    this.fail('NUL_CHARACTER', 'A string holds the NUL character (\\u0000), which cannot be stored: remove it.', at);
  }

  private loneSurrogate(at: number): never {
    const fix = 'send whole characters, such as \\ud83d\\ude00';
    this.fail('LONE_SURROGATE', `A string holds half of a surrogate pair, which is not a character: ${fix}.`, at);
  }

  private unexpected(expected: string): never {
    const found = this.peek() === END ? 'the end of the text' : JSON.stringify(this.text.charAt(this.position));
    this.fail('SYNTAX', `Invalid JSON at position ${this.position}: expected ${expected}, found ${found}.`);
  }

  /** A fault in a key is reported at its object: the key itself may be what cannot be written down. */
  private fail(reason: JsonGuardReason, message: string, at = this.position): never {
    throw new JsonGuardError(reason, this.insideKey ? this.path.slice(0, -1) : this.path, at, message);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
