import type { PlanNode } from './plan.js';
import type { PlanView } from './plan-view.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The parked nodes of one execution. For as long as the rest of the run is busy a timer wakes them. */
export class Parking {
  private readonly nodes = new Set<PlanNode>();
  private timer: NodeJS.Timeout | undefined;

  /** @param wake told when the first of them is due */
  constructor(
    private readonly view: PlanView,
    private readonly now: () => Date,
    private readonly wake: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.nodes.size === 0;
  }

  list(): PlanNode[] {
    return [...this.nodes];
  }

  add(node: PlanNode): void {
    this.nodes.add(node);
    this.arm();
  }

  delete(node: PlanNode): void {
    if (this.nodes.delete(node)) this.arm();
  }

  isDue(node: PlanNode): boolean {
    const until = this.view.find(node)?.until;
    return typeof until === 'string' && Date.parse(until) <= this.now().getTime();
  }

  /** When the first of them is due; null: none by itself. */
  earliest(): Date | null {
    const untils = this.list().flatMap((node) => {
      const until = this.view.find(node)?.until;
      return typeof until === 'string' ? Date.parse(until) : [];
    });
    return untils.length === 0 ? null : new Date(Math.min(...untils));
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    const until = this.earliest();
    if (until === null) return;
    const inMs = Math.max(0, until.getTime() - this.now().getTime());
    this.timer = setTimeout(this.wake, Math.min(inMs, LONGEST_TIMER_MS));
  }
}
