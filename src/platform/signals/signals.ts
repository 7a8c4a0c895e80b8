/** What processes tell each other. Payloads are ids only; what happened is read from the database. */
export type Channel = 'run_changed' | 'run_cancelled' | 'run_signalled';

/**
 * Wake-ups between the parts of the server and between its processes. A signal may be lost (a connection drops), so whoever waits for one
 * also looks by itself now and then; it never carries the only copy of anything.
 */
export abstract class Signals {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Calls `listener` on every signal for `id`, until the returned function is called. */
  on(channel: Channel, id: string, listener: () => void): () => void {
    const key = `${channel} ${id}`;
    const set = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners.get(key) === set) this.listeners.delete(key);
    };
  }

  /** Signals `id` to every listener in every process. Never throws and does not wait for other processes. */
  send(channel: Channel, id: string): void {
    this.deliver(channel, id);
    this.broadcast(channel, id);
  }

  protected deliver(channel: Channel, id: string): void {
    for (const listener of this.listeners.get(`${channel} ${id}`) ?? []) listener();
  }

  /** After a gap in reception anything may have happened: everybody looks. */
  protected deliverAll(): void {
    for (const set of this.listeners.values()) for (const listener of set) listener();
  }

  protected abstract broadcast(channel: Channel, id: string): void;

  abstract close(): Promise<void>;
}

/** For a server that is certainly one process: nobody else to tell. */
export class LocalSignals extends Signals {
  protected broadcast(): void {
    // Every listener is in this process.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
