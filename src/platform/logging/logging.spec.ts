import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { JsonLogger } from './index.js';

function capture(level = 'trace') {
  const lines: string[] = [];
  const logger = new JsonLogger(level, { write: (line) => void lines.push(line) });
  return { logger, lines, entry: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}
const KEY = `capi_${'a1B2'.repeat(9)}`;

describe('log lines', () => {
  it('are JSON with level, time, context and trailing fields', () => {
    const { logger, entry } = capture();
    logger.warn('delivery failed', { deliveryId: 'd1' }, 'Deliveries');
    expect(entry()).toMatchObject({ level: 'warn', msg: 'delivery failed', context: 'Deliveries', deliveryId: 'd1' });
    expect(entry()['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('come from Nest loggers too, with the error and its causes', () => {
    const { logger, entry } = capture();
    Logger.overrideLogger(logger);
    new Logger('Runs').error(new Error('outer', { cause: new TypeError('inner') }));
    Logger.overrideLogger(false);
    expect(entry()).toMatchObject({
      level: 'error',
      context: 'Runs',
      msg: 'outer',
      err: { type: 'Error', message: 'outer', cause: { type: 'TypeError', message: 'inner' } },
    });
  });

  it('hold one event each, whatever the text holds', () => {
    const { logger, lines } = capture();
    logger.log('a\nb\r\u001b[31m\u0085\u2028\u202e{"level":"fatal"}', 'ctx\nx');
    expect(lines).toHaveLength(1);
    // eslint-disable-next-line no-control-regex -- exactly these are looked for
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'a\nb\r\u001b[31m\u0085\u2028\u202e{"level":"fatal"}' });
  });

  it.each([
    ['an API key in the message', (l: JsonLogger) => l.error(`bad key ${KEY}`)],
    ['an API key in an error and its stack', (l: JsonLogger) => l.error(new Error(`refused ${KEY}`))],
    ['an API key in a field', (l: JsonLogger) => l.warn('x', { note: [{ deep: KEY }] })],
    ['a webhook secret', (l: JsonLogger) => l.warn('signed with whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD')],
    ['a bearer token', (l: JsonLogger) => l.warn('sent Authorization: Bearer C2FVsBQIhrscChlQIMV')],
    ['a token in a query', (l: JsonLogger) => l.warn('GET /hooks/1?a=1&token=C2FVsBQIhrscChlQIMV&b=2')],
    [
      'a header',
      (l: JsonLogger) => l.warn('x', { headers: { authorization: 'C2FVsBQIhrscChlQIMV', 'x-api-key': KEY } }),
    ],
  ])('never hold %s', (_what, write) => {
    const { logger, lines } = capture();
    write(logger);
    expect(lines.join('')).not.toMatch(/C2FVsBQIhrsc|a1B2a1B2/);
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  it('leave out what a database error carries besides its message', () => {
    const { logger, lines } = capture();
    logger.error(
      Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(a@b.c)', parameters: ['p1'] }),
    );
    expect(lines[0]).toContain('23505');
    expect(lines[0]).not.toMatch(/a@b\.c|p1/);
  });

  it('below the level are not written', () => {
    const { logger, lines } = capture('warn');
    logger.log('quiet');
    expect(lines).toEqual([]);
    expect(logger.isEnabled('info')).toBe(false);
  });
});
