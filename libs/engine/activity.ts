/**
 * What is under way in a run, nested steps included. Parked steps are waited for in memory as long as something else goes on anyway; once
 * nothing does, the run is parked.
 */
export class Activity {
  private active = 0;
  private checking = false;
  private readonly waiting = new Set<() => void>();

  enter(): void {
    this.active++;
  }

  leave(): void {
    this.active--;
    if (this.waiting.size > 0) this.check();
  }

  /** Calls back once, as soon as nothing is under way. */
  whenIdle(callback: () => void): void {
    this.waiting.add(callback);
    this.check();
  }

  /** Later in the event loop, since what ends often starts something else. */
  private check(): void {
    if (this.active > 0 || this.checking) return;
    this.checking = true;
    setImmediate(() => {
      this.checking = false;
      if (this.active > 0) return;
      const callbacks = [...this.waiting];
      this.waiting.clear();
      for (const callback of callbacks) callback();
    });
  }
}
