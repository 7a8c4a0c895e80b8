/** Lets so many work at the same time. Owners who wait take turns, so that none waits for all the work of another. */
export class Turns {
  private busy = 0;
  /** In the order in which the owners are served. */
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly size: number) {}

  /** @returns false: the signal was aborted first, and there is no turn to end */
  async begin(owner: string, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    if (this.busy < this.size) {
      this.busy++;
      return true;
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        this.remove(owner, enter);
        resolve(false);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      this.waiting.set(owner, [...(this.waiting.get(owner) ?? []), enter]);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** The next one begins. */
  end(): void {
    const [next] = this.waiting;
    if (!next) {
      this.busy--;
      return;
    }
    const [owner, [enter, ...others]] = next;
    this.waiting.delete(owner);
    if (others.length > 0) this.waiting.set(owner, others);
    enter?.();
  }

  private remove(owner: string, enter: () => void): void {
    const others = (this.waiting.get(owner) ?? []).filter((other) => other !== enter);
    if (others.length > 0) this.waiting.set(owner, others);
    else this.waiting.delete(owner);
  }
}
