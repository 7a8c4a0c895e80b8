import type { Plan, Progress } from '#libs/engine';
import type { Json, JsonObject } from '#libs/json-guard';

/** What a workflow says of the HTTP answer that its output goes into. */
export interface ResponseParts {
  /** Null: it says nothing. */
  status: number | null;
  headers: Record<string, string>;
}

/**
 * What the last completed response step of a run says. In lists of steps it is in what the step was given; in graphs, where the output has the
 * form `{output, status, headers}`, in what it put out.
 */
export function responseOf(plan: Plan, { steps }: Progress): ResponseParts {
  const step = plan.nodes
    .filter(({ type }) => type === 'response')
    .map(({ id }) => steps.get(id))
    .findLast((record) => record?.status === 'completed');
  const [given, put] = [asObject(step?.input), plan.answer ? asObject(step?.output) : {}];
  return { status: toStatus(put['status'] ?? given['status']), headers: toHeaders(put['headers'] ?? given['headers']) };
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** Graphs write it as text. Only statuses that end an exchange. */
function toStatus(value: Json | undefined): number | null {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599 ? status : null;
}

/** As an object, or in graphs also as rows of a table: `{cells: {Key, Value}}`. */
function toHeaders(value: Json | undefined): Record<string, string> {
  const pairs: [string, Json | undefined][] = Array.isArray(value)
    ? value.map((row) => {
        const { Key, Value } = asObject(asObject(row)['cells']);
        return [typeof Key === 'string' ? Key : '', Value];
      })
    : Object.entries(asObject(value));
  return Object.fromEntries(
    pairs.flatMap(([name, text]) =>
      name !== '' && (typeof text === 'string' || typeof text === 'number' || typeof text === 'boolean')
        ? [[name, String(text)]]
        : [],
    ),
  );
}
