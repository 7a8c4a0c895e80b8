import type { Json } from '#libs/json-guard';
import { HIDDEN } from '#libs/redaction';
import type { RunError } from '../run.errors.js';
import type { RunEvent } from '../run.events.js';

/** A value as it is stored encrypted. */
export interface Sealed {
  $sealed: string;
}

/** What of an event is no payload. Everything else is, members that a later version adds included. */
const PUBLIC_MEMBERS = new Set(['type', 'at', 'stepId', 'attempt', 'until', 'route', 'ends', 'resumes']);

type Members = Record<string, Json>;

/** Divides an event into what may be read by everybody, its error's code included, and the payload; null when it has none. */
export function splitEvent(event: RunEvent): { open: RunEvent; payload: Members | null } {
  const members = Object.entries(event) as [string, Json][];
  const open = Object.fromEntries(members.filter(([name]) => PUBLIC_MEMBERS.has(name)));
  const payload = Object.fromEntries(members.filter(([name]) => !PUBLIC_MEMBERS.has(name)));
  if (members.every(([name]) => PUBLIC_MEMBERS.has(name))) return { open: event, payload: null };
  const error = 'error' in event ? { error: withoutMessage(event.error) } : {};
  return { open: { ...open, ...error } as RunEvent, payload };
}

/** An event with none of its payload. What everybody can know of it stays: its type, its step, its times and an error's code. */
export function withoutPayload(event: RunEvent): RunEvent {
  const { open } = splitEvent(event);
  const hidden = ['input', 'output'].filter((name) => (event as unknown as Members)[name] !== undefined);
  return { ...open, ...Object.fromEntries(hidden.map((name) => [name, HIDDEN])) };
}

/** Why runs end that no step failed; these messages are the server's own. */
const OWN_CODES = ['CANCELLED', 'TIMEOUT', 'WORKER_CRASHED'];

/** Messages of steps may quote what they worked with. */
export function withoutMessage<E extends RunError>(error: E): E {
  const own = error.step === undefined && OWN_CODES.includes(error.code);
  const { code, step, message } = error;
  return { code, message: own ? message : HIDDEN, ...(step !== undefined && { step }) } as E;
}
