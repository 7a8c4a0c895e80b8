import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { lowestIdAt } from '#libs/ids';
import { Settings } from '../../platform/config/index.js';
import { Organizations } from '../organizations/index.js';
import { RunRepository } from './run.repository.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Small batches keep locks and write-ahead log short. */
const BATCH = 500;
/** Between two batches, for everybody else. */
const PAUSE_MS = 50;
/** A hundred thousand runs a time, ten million a day; the rest is left to the next time. */
const BATCHES = 200;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Removes runs that have been over for longer than their organization keeps them. */
@Injectable()
export class RunRetention {
  constructor(
    private readonly organizations: Organizations,
    private readonly runs: RunRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * One batch of each organization in turn, so that a large one does not hold up the others.
   * @returns how many were removed
   */
  async removeOldRuns(now: Date, signal: AbortSignal): Promise<number> {
    let left = (await this.organizations.listRetention()).map(({ id, days }) => {
      const before = new Date(now.getTime() - (days ?? this.settings.RETENTION_DAYS) * DAY_MS);
      return { id, before, below: lowestIdAt(before), after: BEFORE_ALL };
    });
    let removed = 0;
    for (let batches = 0; left.length > 0;) {
      const full: typeof left = [];
      for (const organization of left) {
        if (signal.aborted || batches >= BATCHES) return removed;
        const ids = await this.runs.removeOldRuns(organization.id, organization, BATCH);
        removed += ids.length;
        if (ids.length === 0) continue;
        batches++;
        if (ids.length === BATCH) full.push({ ...organization, after: ids.sort().at(-1) ?? BEFORE_ALL });
        await setTimeout(PAUSE_MS);
      }
      left = full;
    }
    return removed;
  }
}
