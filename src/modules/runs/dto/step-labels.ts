import type { NestedPlan, Plan, PlanNode, StepRecord } from '#libs/engine';

/** What a plan tells of one step of a run. */
export interface StepLabel {
  id: string;
  type: string;
  name?: string;
}

interface Known {
  node: PlanNode;
  /** Position in its plan. */
  position: number;
}

/**
 * The steps of a run that have a record, in plan order; those of iterations follow the step that holds them, by iteration.
 * The id of a nested step is `<step>[<iteration>].<id>`, at any depth.
 */
export function labelSteps(plan: Plan, records: ReadonlyMap<string, StepRecord>): [StepLabel, StepRecord][] {
  const known = new Map<string, Known>();
  collect(plan, '', known);
  const placed = [...records.values()].flatMap((record) => {
    const node = known.get(record.id.replaceAll(/\[\d+\]/g, ''))?.node;
    if (!node) return [];
    const label = { id: record.id, type: node.type, ...(node.name !== undefined && { name: node.name }) };
    return [{ label, record, place: placeOf(record.id, known) }];
  });
  placed.sort((a, b) => comparePlaces(a.place, b.place));
  return placed.map(({ label, record }) => [label, record]);
}

function collect({ nodes }: Plan, prefix: string, known: Map<string, Known>): void {
  nodes.forEach((node, position) => {
    known.set(prefix + node.id, { node, position });
    const nested = node.block.nested as NestedPlan | undefined;
    if (nested) collect(nested.plan, `${prefix}${node.id}.`, known);
  });
}

/** Positions and iterations on the way to the step, outermost first. */
function placeOf(id: string, known: Map<string, Known>): number[] {
  const place: number[] = [];
  let path = '';
  for (const part of id.split('.')) {
    const [, name = '', iteration] = /^([^[]+)(?:\[(\d+)\])?$/.exec(part) ?? [];
    path = path === '' ? name : `${path}.${name}`;
    place.push(known.get(path)?.position ?? 0);
    if (iteration !== undefined) place.push(Number(iteration));
  }
  return place;
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
