import { Injectable } from '@nestjs/common';
import { type CompiledWorkflow, type PayloadStore, PlanCache, type Privacy } from '../../workflows/index.js';
import type { RunEntity } from '../run.entity.js';
import { payloadErased } from '../run.errors.js';
import type { RunEvent } from '../run.events.js';
import { type EventSegment, RunRepository } from '../run.repository.js';
import { RunPayloads } from './run-payloads.js';
import { shown } from './shown-payloads.js';

/** A run as a reader may see it. */
export interface ShownRun {
  run: RunEntity;
  events: RunEvent[];
  workflow: CompiledWorkflow;
}

/** Runs and their events as their workflow's privacy lets them be seen. Where it has none, what is stored is what is shown. */
@Injectable()
export class ReadPayloads {
  constructor(
    private readonly runs: RunRepository,
    private readonly plans: PlanCache,
    private readonly payloads: RunPayloads,
  ) {}

  /** @param store instead of the workflow's: whoever takes part in a run that does not keep its payloads must see what it is about */
  async show(run: RunEntity, store?: PayloadStore): Promise<ShownRun> {
    const workflow = await this.plans.get(run.organizationId, run.versionId);
    const events = await this.runs.listEvents(run.organizationId, run.id);
    if (!run.sealed || !workflow.privacy) return { run, events, workflow };
    const opened = await this.payloads.open({ ...run, events });
    const { events: shownEvents, ...values } = shown(opened, { ...workflow.privacy, ...(store && { store }) });
    return { run: { ...run, ...values }, events: shownEvents, workflow };
  }

  /** Events after number `after`. Those of a private run are read from the first on, since earlier ones tell what is to be hidden. */
  async listSegments(
    organizationId: string,
    run: Pick<RunEntity, 'id' | 'versionId'>,
    after: number,
  ): Promise<EventSegment[]> {
    const { privacy } = await this.plans.get(organizationId, run.versionId);
    const now = privacy && (await this.runs.findRun(organizationId, run.id));
    if (!now?.sealed) return this.runs.listSegments(organizationId, run.id, after);
    return [{ firstSeq: 1, events: (await this.show(now)).events }];
  }

  /**
   * The run with its input in clear, for those who start it again.
   * @throws DomainError PAYLOAD_ERASED
   */
  async openForRepeat<Run extends Pick<RunEntity, 'organizationId' | 'id' | 'versionId' | 'sealed' | 'input'>>(
    run: Run,
  ): Promise<Run> {
    const { privacy } = await this.plans.get(run.organizationId, run.versionId);
    assertNotErased(run, privacy);
    return this.payloads.open(run);
  }

  /** All events of a run in clear, for those who start it again. */
  async listEventsForRepeat(run: Pick<RunEntity, 'organizationId' | 'id' | 'sealed'>): Promise<RunEvent[]> {
    return this.payloads.openEvents(run, await this.runs.listEvents(run.organizationId, run.id));
  }
}

/** A run of a private workflow that holds nothing encrypted has been erased. */
export const isErased = ({ sealed }: Pick<RunEntity, 'sealed'>, privacy: Privacy | null): boolean =>
  privacy !== null && !sealed;

export const erasedError = () =>
  payloadErased('What this run worked with is erased, as its workflow says; start a new run');

/** @throws DomainError PAYLOAD_ERASED */
export function assertNotErased(run: Pick<RunEntity, 'sealed'>, privacy: Privacy | null): void {
  if (isErased(run, privacy)) throw erasedError();
}
