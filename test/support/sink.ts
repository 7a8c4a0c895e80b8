import type { ServerResponse } from 'node:http';
import { startTarget, type Target, type TargetRequest } from './http-target.js';

/** How a path of a {@link Sink} answers. */
export type Answering = (response: ServerResponse, request: TargetRequest) => void;

/** A target whose paths are given their answers by the tests; a path nobody has set answers 200 with JSON `{"ok": true}`. */
export interface Sink extends Target {
  /** Sets, or changes, how a path answers. */
  on(path: string, answer: Answering): void;
  /** What arrived at a path, in order. */
  at(path: string): TargetRequest[];
}

export async function startSink(): Promise<Sink> {
  const answers = new Map<string, Answering>();
  const pathOf = ({ url }: TargetRequest): string => url.split('?')[0] ?? '';
  const target = await startTarget((request, response) =>
    (answers.get(pathOf(request)) ?? json({ ok: true }))(response, request),
  );
  return {
    ...target,
    on: (path, answer) => void answers.set(path, answer),
    at: (path) => target.requests.filter((request) => pathOf(request) === path),
  };
}

/** Answers JSON. */
export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

/** Never answers; the connection stays open until somebody closes it. */
export const hang: Answering = () => undefined;

/** Answers in turn; the last one from then on. */
export function inTurn(...answers: Answering[]): Answering {
  let calls = 0;
  return (response, request) => answers[Math.min(calls++, answers.length - 1)]?.(response, request);
}

/** Answers nothing until it is released. */
export function held(): { answer: Answering; release: () => void } {
  const waiting: (() => void)[] = [];
  let open = false;
  return {
    answer: (response, request) => {
      const go = (): void => json({ ok: true })(response, request);
      if (open) go();
      else waiting.push(go);
    },
    release: () => {
      open = true;
      for (const go of waiting) go();
    },
  };
}
