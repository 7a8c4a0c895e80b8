import { Injectable } from '@nestjs/common';
import type { DecisionPlace } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { ParkedSteps, type ParkedStep } from '../runs/index.js';
import { alreadyDecided, stepNotFound } from './approval.errors.js';

export interface Decision {
  decision: 'approved' | 'rejected';
  comment: string | null;
  data: Json;
  /** `user_…` of the key's owner, or `link`. */
  decidedBy: string;
}

/** Decides what an approval step asks, once. */
@Injectable()
export class DecideApproval {
  constructor(private readonly steps: ParkedSteps) {}

  /** @throws DomainError NOT_FOUND: no approval step there */
  async getStep({ organizationId, runId, stepId }: DecisionPlace): Promise<ParkedStep> {
    const step = await this.steps.find(organizationId, runId, stepId);
    if (step?.type !== 'approval') throw stepNotFound();
    return step;
  }

  /** @throws DomainError NOT_FOUND, ALREADY_DECIDED */
  async execute(place: DecisionPlace, decision: Decision): Promise<void> {
    const step = await this.getStep(place);
    const refused = () =>
      alreadyDecided(`Step "${place.stepId}" does not wait for a decision`, { headers: { 'x-should-retry': 'false' } });
    if (!waits(step)) throw refused();
    const payload = { ...decision, decidedAt: new Date().toISOString() };
    const { organizationId, runId, stepId } = place;
    if (!(await this.steps.send(organizationId, runId, stepId, payload))) throw refused();
  }
}

/** What an approval step parks with. */
export interface Question {
  message: string | null;
  data: Json;
  expiresAt: string | null;
}

/** Whether a decision is still possible. A step that is past its time is not decided any more, even if no worker has said so yet. */
export function waits({ status, output }: ParkedStep): boolean {
  const { expiresAt } = (output ?? {}) as Partial<Question>;
  return status === 'waiting' && (typeof expiresAt !== 'string' || Date.parse(expiresAt) > Date.now());
}
