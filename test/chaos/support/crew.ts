import type { ServerProcess } from '../../support/server.js';
import { until } from '../../support/until.js';
import type { Environment, Scenario } from './scenario.js';

/** Workers that are killed and replaced. */
export class Crew {
  /** Ready ones, the oldest first. */
  readonly workers: ServerProcess[] = [];
  private readonly recruits = new Set<Promise<void>>();

  constructor(
    private readonly scenario: Scenario,
    private readonly env: Environment = {},
  ) {}

  /** Of the ready ones. */
  pids(): number[] {
    return this.workers.map(({ process: { pid = 0 } }) => pid);
  }

  /** Starts one more, without waiting for it. */
  recruit(): void {
    const started = this.scenario.startWorker(this.env).then((worker) => void this.workers.push(worker));
    this.recruits.add(started);
    void started.finally(() => this.recruits.delete(started));
  }

  async ready(count: number): Promise<void> {
    await until(() => this.workers.length >= count, { timeoutMs: 30_000 });
  }

  /** `kill -9` of a ready one, by default the one that has worked for the longest; a replacement is on its way at once. */
  async kill(pid = this.workers[0]?.process.pid): Promise<void> {
    const index = this.workers.findIndex((worker) => worker.process.pid === pid);
    if (index < 0) throw new Error(`no worker has the pid ${pid}`);
    const [victim] = this.workers.splice(index, 1);
    this.recruit();
    await victim?.kill();
  }

  /** Waits for those that are still starting. */
  async settle(): Promise<void> {
    await Promise.all(this.recruits);
  }
}
