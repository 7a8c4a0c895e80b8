import { describe, expect, it } from 'vitest';
import { HIDDEN, parseRedactPath, type RedactPath } from '#libs/redaction';
import type { PayloadStore } from '../../workflows/index.js';
import type { RunEvent } from '../run.events.js';
import { splitEvent } from './sealed-form.js';
import { erased, type Payloads, shown } from './shown-payloads.js';

const at = '2026-11-24T10:00:00.000Z';
const privacy = (store: PayloadStore, ...redact: string[]) => ({
  store,
  redact: redact.map((path) => parseRedactPath(path) as RedactPath),
});

const run: Payloads = {
  input: { card: 'canary-4111', amount: 12 },
  output: { receipt: 'for canary-4111', token: 'tok-secret' },
  error: { code: 'STEP_ERROR', message: 'Step charge failed: canary-4111 was refused', step: 'charge' },
  events: [
    { type: 'run.queued', at },
    { type: 'step.started', at, stepId: 'each[0].charge', attempt: 1, input: { number: 'canary-4111' } },
    {
      type: 'step.completed',
      at,
      stepId: 'each[0].charge',
      attempt: 1,
      output: { token: 'tok-secret', ok: true },
      variables: { last: 'canary-4111' },
      route: 'then',
    },
    {
      type: 'step.failed',
      at,
      stepId: 'charge',
      attempt: 1,
      error: { code: 'HTTP_STATUS', message: 'no canary-4111' },
    },
    { type: 'run.completed', at, output: { token: 'tok-secret' } },
  ],
};

describe('a redacted path', () => {
  it('hides its value there, and wherever the run passed it on', () => {
    const seen = shown(run, privacy('full', 'input.card'));
    expect(JSON.stringify(seen)).not.toContain('canary');
    expect(seen).toMatchObject({
      input: { card: HIDDEN, amount: 12 },
      output: { receipt: `for ${HIDDEN}`, token: 'tok-secret' },
      error: { code: 'STEP_ERROR', message: `Step charge failed: ${HIDDEN} was refused` },
    });
    expect(seen.events[3]).toMatchObject({ error: { code: 'HTTP_STATUS', message: `no ${HIDDEN}` } });
  });

  it.each(['steps.charge.output.token', 'output.token'])(
    'leads into steps at any depth, and into the output: %s',
    (path) => {
      const seen = shown(run, privacy('full', path));
      expect(JSON.stringify(seen)).not.toContain('tok-secret');
      expect(seen.events[2]).toMatchObject({ output: { token: HIDDEN, ok: true }, route: 'then' });
    },
  );

  it('hides a variable', () => {
    expect(JSON.stringify(shown(run, privacy('full', 'variables.last')))).not.toContain('canary');
  });

  it('leaves the rest to be kept', () => {
    expect(erased(run, privacy('full', 'input.card'))).toEqual(shown(run, privacy('full', 'input.card')));
  });
});

describe.each(['metadata', 'none'] as const)('%s', (store) => {
  it('shows the output and, of all else, no payload', () => {
    const seen = shown(run, privacy(store, 'output.token'));
    expect(seen.output).toEqual({ receipt: 'for canary-4111', token: HIDDEN });
    expect(JSON.stringify({ ...seen, output: null })).not.toMatch(/canary|tok-secret/);
    expect(seen.error).toEqual({ code: 'STEP_ERROR', message: HIDDEN, step: 'charge' });
    expect(seen.events[3]).toEqual({
      type: 'step.failed',
      at,
      stepId: 'charge',
      attempt: 1,
      error: { code: 'HTTP_STATUS', message: HIDDEN },
    });
  });

  it('leaves no payload', () => {
    const left = erased(run, privacy(store));
    expect(JSON.stringify(left)).not.toMatch(/canary|tok-secret/);
    expect(left).toMatchObject({ input: HIDDEN, output: HIDDEN });
    expect(left.events).toHaveLength(store === 'none' ? 0 : run.events.length);
  });

  it("keeps messages that are the server's own", () => {
    const error = { code: 'TIMEOUT', message: 'The run took longer than its maxDurationMs.' };
    expect(shown({ ...run, error }, privacy(store)).error).toEqual(error);
  });
});

describe('an event', () => {
  it('is divided so that members nobody knew of are payload', () => {
    const event = { type: 'step.waiting', at, stepId: 'ask', attempt: 1, until: null, output: 1, novel: 'x' };
    expect(splitEvent(event as unknown as RunEvent)).toEqual({
      open: { type: 'step.waiting', at, stepId: 'ask', attempt: 1, until: null },
      payload: { output: 1, novel: 'x' },
    });
  });
});
