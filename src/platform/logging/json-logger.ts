import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, type Logger as Pino, pino } from 'pino';
import { errorFields } from './error-fields.js';
import { redactLine, redactMembers } from './redaction.js';

/**
 * Nest's logger: one JSON line an entry, on standard output. `new Logger('Name')` of `@nestjs/common` writes through it anywhere.
 * Trailing objects become fields, an Error becomes `err`, the last string is the context:
 * `logger.warn('delivery failed', { deliveryId }, error)`.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Pino;

  /** @param level lowest level written, as in LOG_LEVEL. */
  constructor(level: string, destination: DestinationStream = pino.destination({ fd: 1, sync: true })) {
    this.pino = pino(
      {
        level,
        base: { pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }), log: redactMembers },
        serializers: { err: errorFields },
        hooks: { streamWrite: redactLine },
      },
      destination,
    );
  }

  /** Whether an entry of this level would be written; ask before collecting its fields on a hot path. */
  isEnabled(level: Level): boolean {
    return this.pino.isLevelEnabled(level);
  }

  /** An entry of fields alone. */
  entry(level: Level, fields: object, message: string): void {
    this.pino[level](fields, message);
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.write('fatal', message, params);
  }

  error(message: unknown, ...params: unknown[]): void {
    this.write('error', message, params);
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.write('warn', message, params);
  }

  log(message: unknown, ...params: unknown[]): void {
    this.write('info', message, params);
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.write('debug', message, params);
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.write('trace', message, params);
  }

  private write(level: Level, message: unknown, params: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    const last = params.at(-1);
    const hasContext = typeof last === 'string' && !isStack(last);
    if (hasContext) fields['context'] = last;
    for (const param of hasContext ? params.slice(0, -1) : params) collect(fields, param);
    if (typeof message !== 'string') collect(fields, message);
    this.pino[level](fields, messageText(message));
  }
}

const isStack = (text: string): boolean => text.includes('\n    at ');

function collect(fields: Record<string, unknown>, param: unknown): void {
  if (param instanceof Error) fields['err'] = param;
  else if (typeof param === 'string') fields[isStack(param) ? 'stack' : 'detail'] = param;
  else if (typeof param === 'object' && param !== null) Object.assign(fields, param);
  else if (param !== undefined) fields['detail'] = param;
}

function messageText(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : '';
}
