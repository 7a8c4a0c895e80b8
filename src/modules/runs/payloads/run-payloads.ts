import { Injectable } from '@nestjs/common';
import type { Json } from '#libs/json-guard';
import { Encryption } from '../../../platform/encryption/index.js';
import type { RunError } from '../run.errors.js';
import type { RunEvent } from '../run.events.js';
import type { Payloads } from './shown-payloads.js';
import { type Sealed, splitEvent, withoutMessage } from './sealed-form.js';

/** Whose payload it is. `sealed` tells whether the run's are stored encrypted at all; where not, everything here hands them on as they are. */
export interface PayloadOwner {
  organizationId: string;
  id: string;
  sealed: boolean;
}

/**
 * The payloads of private runs on their way into and out of the database: encrypted, each bound to its run. A durable run must be able to go on
 * after a crash, so they cannot be left out before its end (docs/adr/0010).
 */
@Injectable()
export class RunPayloads {
  constructor(private readonly encryption: Encryption) {}

  async seal<Run extends PayloadOwner & Partial<Payloads>>(run: Run): Promise<Run> {
    if (!run.sealed) return run;
    const { input, output, error, events } = run;
    return {
      ...run,
      ...(input !== undefined && { input: await this.sealValue(run, input) }),
      ...(output !== undefined && { output: await this.sealValue(run, output) }),
      ...(error && { error: { ...withoutMessage(error), ...(await this.sealJson(run, error)) } }),
      ...(events && { events: await Promise.all(events.map((event) => this.sealEvent(run, event))) }),
    };
  }

  async open<Run extends PayloadOwner & Partial<Payloads>>(run: Run): Promise<Run> {
    if (!run.sealed) return run;
    const { input, output, error, events } = run;
    return {
      ...run,
      ...(input !== undefined && { input: await this.openValue(run, input) }),
      ...(output !== undefined && { output: await this.openValue(run, output) }),
      ...(error && { error: await this.openError(run, error) }),
      ...(events && { events: await this.openEvents(run, events) }),
    };
  }

  async openEvents(run: PayloadOwner, events: RunEvent[]): Promise<RunEvent[]> {
    if (!run.sealed) return events;
    return Promise.all(events.map((event) => this.openEvent(run, event)));
  }

  /** A single value, such as what is sent to a step. Null stays. */
  async sealValue(run: PayloadOwner, value: Json): Promise<Json> {
    return run.sealed && value !== null ? ((await this.sealJson(run, value)) as unknown as Json) : value;
  }

  async openValue(run: PayloadOwner, value: Json): Promise<Json> {
    return run.sealed && isSealed(value) ? ((await this.openJson(run, value)) as Json) : value;
  }

  private async sealEvent(run: PayloadOwner, event: RunEvent): Promise<RunEvent> {
    const { open, payload } = splitEvent(event);
    return payload ? { ...open, ...(await this.sealJson(run, payload)) } : open;
  }

  private async openEvent(run: PayloadOwner, event: RunEvent): Promise<RunEvent> {
    if (!isSealed(event)) return event;
    const { $sealed: _sealed, ...open } = event;
    return { ...open, ...((await this.openJson(run, event)) as object) };
  }

  private async openError(run: PayloadOwner, error: RunError): Promise<RunError> {
    return isSealed(error) ? ((await this.openJson(run, error)) as RunError) : error;
  }

  private async sealJson(run: PayloadOwner, value: object | Json): Promise<Sealed> {
    return { $sealed: await this.encryption.seal(run.organizationId, fieldOf(run), JSON.stringify(value)) };
  }

  private async openJson(run: PayloadOwner, { $sealed }: Sealed): Promise<unknown> {
    return JSON.parse(await this.encryption.open(run.organizationId, fieldOf(run), $sealed));
  }
}

const fieldOf = ({ id }: PayloadOwner): string => `run:${id}`;

const isSealed = <T>(value: T): value is T & Sealed =>
  typeof value === 'object' && value !== null && typeof (value as { $sealed?: unknown }).$sealed === 'string';
