import { Injectable } from '@nestjs/common';

/** Something that has to be done again and again, by one process of all at a time. */
export interface Chore {
  name: string;
  everyMs: number;
  /** Doing it once more must do no harm. */
  work: (signal: AbortSignal) => Promise<unknown>;
}

/** The chores besides the runs' own. Rooms above this one join when their module starts, in every process that works. */
@Injectable()
export class Housekeeping {
  private readonly joined = new Map<string, Chore>();

  join(chore: Chore): void {
    this.joined.set(chore.name, chore);
  }

  get chores(): Chore[] {
    return [...this.joined.values()];
  }

  find(name: string): Chore | undefined {
    return this.joined.get(name);
  }
}
