import type { Json } from '#libs/json-guard';
import { HIDDEN, hideAt, leavesAt, Masker, type RedactPath } from '#libs/redaction';
import type { Privacy } from '../../workflows/index.js';
import type { RunError } from '../run.errors.js';
import type { RunEvent } from '../run.events.js';
import { withoutMessage, withoutPayload } from './sealed-form.js';

/** All payloads of a run. */
export interface Payloads {
  input: Json;
  output: Json;
  error: RunError | null;
  events: RunEvent[];
}

/** What a reader is shown of a run while its payloads are there. */
export function shown(run: Payloads, { store, redact }: Privacy): Payloads {
  const masker = new Masker(redact.flatMap((path) => leavesOf(run, path)));
  const hide = (value: Json, select: (path: RedactPath) => boolean): Json =>
    masker.mask(redact.filter(select).reduce((hidden, path) => hideAt(hidden, path.keys), value));
  const output = hide(run.output, ({ root }) => root === 'output');
  if (store !== 'full') {
    const error = run.error && withoutMessage(run.error);
    return { input: HIDDEN, output, error, events: run.events.map(withoutPayload) };
  }
  return {
    input: hide(run.input, ({ root }) => root === 'input'),
    output,
    error: run.error && { ...run.error, message: masker.maskText(run.error.message) },
    events: run.events.map((event) => shownEvent(event, hide, masker)),
  };
}

/** What is left of a run when its payloads are erased. */
export function erased(run: Payloads, privacy: Privacy): Payloads {
  const left = shown(run, privacy);
  if (privacy.store === 'full') return left;
  return {
    ...left,
    output: left.output === null ? null : HIDDEN,
    events: privacy.store === 'none' ? [] : left.events,
  };
}

function shownEvent(
  event: RunEvent,
  hide: (value: Json, select: (path: RedactPath) => boolean) => Json,
  masker: Masker,
): RunEvent {
  const members = (Object.entries(event) as [string, Json][]).map(([name, value]) => {
    if (name === 'input' || name === 'output') return [name, hide(value, (path) => isOf(path, event, name))];
    return [name, name === 'type' || name === 'at' || name === 'stepId' ? value : masker.mask(value)];
  });
  return Object.fromEntries(members) as RunEvent;
}

/** Whether the path leads into this member of the event. The id of a nested step is `<step>[<iteration>].<id>`. */
function isOf(path: RedactPath, event: RunEvent, member: 'input' | 'output'): boolean {
  if (path.root !== 'steps') return path.root === member && !('stepId' in event);
  return path.side === member && 'stepId' in event && event.stepId.split('.').at(-1) === path.stepId;
}

function leavesOf(run: Payloads, path: RedactPath): (string | number)[] {
  const { root, keys } = path;
  if (root === 'input' || root === 'output') return leavesAt(run[root], keys);
  const member = root === 'variables' ? root : path.side;
  return run.events.flatMap((event) => {
    if (member !== 'variables' && !isOf(path, event, member)) return [];
    return leavesAt((event as { [Name in typeof member]?: Json })[member] ?? null, keys);
  });
}
