import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Database } from '../database/index.js';

/** Probes come every few seconds and must not wait for the pool's own, longer limits. */
const LONGEST_MS = 2_000;

/** What the server cannot serve without. */
@Injectable()
export class HealthProbes {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly postgres: Database,
  ) {}

  /** Whether the database answers within two seconds. The reason stays in the log: it names addresses. */
  async database(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    const timer = new AbortController();
    const answer = this.postgres.pool.query('select 1').then(
      () => true,
      () => false,
    );
    const up = await Promise.race([answer, delay(LONGEST_MS, false, { signal: timer.signal }).catch(() => false)]);
    timer.abort();
    return up ? indicator.up() : indicator.down();
  }
}
