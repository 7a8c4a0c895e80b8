import { setTimeout as delay } from 'node:timers/promises';
import { startTarget } from '../../support/http-target.js';
import type { StepBody } from '../../factories/workflow.js';

/** The step of {@link stepsInto} that calls the sink. */
export const EFFECT = 'call';

/** A call as it arrived. */
export interface Effect {
  /** The `Idempotency-Key` header. */
  idempotencyKey: string;
  runId: string;
  /** The port the caller called from: tells which process it was. */
  port: number;
  answered: boolean;
}

/** The outside world, counting what is done to it. */
export interface Sink {
  url: string;
  effects: Effect[];
  /** Calls that have not been answered. */
  inFlight(): number;
  /** What calls are answered from now on. Default 200. */
  status: number;
  /** Called on each arrival, before the answer. */
  onArrival: (effect: Effect) => void;
  close(): Promise<void>;
}

/** Starts a sink; it answers after as many milliseconds as the query's `ms` says. */
export async function openSink(): Promise<Sink> {
  const effects: Effect[] = [];
  const target = await startTarget(async ({ url, headers, body }, response) => {
    const { run } = JSON.parse(body) as { run: string };
    const effect = {
      idempotencyKey: String(headers['idempotency-key']),
      runId: run,
      port: response.socket?.remotePort ?? 0,
      answered: false,
    };
    effects.push(effect);
    response.on('close', () => (effect.answered = true));
    sink.onArrival(effect);
    await delay(Number(new URL(url, target.url).searchParams.get('ms')));
    response.writeHead(sink.status, { 'content-type': 'application/json' }).end('{"done":true}');
  });
  const sink: Sink = {
    url: target.url,
    effects,
    inFlight: () => effects.filter(({ answered }) => !answered).length,
    status: 200,
    onArrival: () => undefined,
    close: () => target.close(),
  };
  return sink;
}

/** An effect between two pure steps; the effect takes `ms`. The result repeats the input. */
export const stepsInto = (sink: Pick<Sink, 'url'>, ms: number | string = 400): StepBody[] => [
  { id: 'before', type: 'transform', config: { mapping: { run: '{{runId}}' } } },
  {
    id: EFFECT,
    type: 'http',
    config: { url: `${sink.url}/effect?ms=${ms}`, method: 'POST', body: { run: '{{steps.before.output.run}}' } },
  },
  {
    id: 'after',
    type: 'transform',
    config: { mapping: { input: '{{input}}', answer: `{{steps.${EFFECT}.output}}` } },
  },
];
