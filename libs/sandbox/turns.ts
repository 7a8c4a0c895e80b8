/**
 * Lets so many work at the same time. Owners who wait take turns, so that none waits for all the work of another; and while others wait, none
 * begins in the last free place: however long the work of one owner takes, the others get on.
 */
export class Turns {
  private busy = 0;
  private readonly working = new Map<string, number>();
  /** In the order in which the owners are served. */
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly size: number) {}

  /** @returns false: the signal was aborted first, and there is no turn to end */
  async begin(owner: string, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    if (this.busy < this.size) {
      this.count(owner, 1);
      return true;
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        this.remove(owner, enter);
        resolve(false);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        this.count(owner, 1);
        resolve(true);
      };
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), enter]);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Of the owner who began it; the next one begins. */
  end(owner: string): void {
    this.count(owner, -1);
    const next = this.next();
    if (next === undefined) return;
    const [enter, ...others] = this.waiting.get(next) ?? [];
    this.waiting.delete(next);
    if (others.length > 0) this.waiting.set(next, others);
    enter?.();
  }

  /** Not one who holds all but the last place, unless nobody else waits. */
  private next(): string | undefined {
    const owners = [...this.waiting.keys()];
    const most = Math.max(1, this.size - 1);
    return owners.find((owner) => (this.working.get(owner) ?? 0) < most) ?? owners[0];
  }

  private count(owner: string, change: 1 | -1): void {
    this.busy += change;
    const count = (this.working.get(owner) ?? 0) + change;
    if (count > 0) this.working.set(owner, count);
    else this.working.delete(owner);
  }

  private remove(owner: string, enter: () => void): void {
    const others = (this.waiting.get(owner) ?? []).filter((other) => other !== enter);
    if (others.length > 0) this.waiting.set(owner, others);
    else this.waiting.delete(owner);
  }
}
