import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '#libs/json-guard';

/** What a client asked for: a run of a workflow, always with a key of its own or shared with others. */
export interface Invocation {
  op: number;
  organizationId: string;
  /** As the API prints it. */
  workflowId: string;
  idempotencyKey: string;
  /** Holds the key too, so that a run tells which operation made it. */
  input: JsonObject;
  url: string;
  invokedAt: number;
}

/** `ok`: 2xx. `fail`: 4xx, so nothing happened. `info`: a 5xx or no answer, so nobody knows. */
export type Outcome = 'ok' | 'fail' | 'info';

/** An operation that is over. Times are epoch milliseconds. */
export interface Operation extends Invocation {
  outcome: Outcome;
  answeredAt: number;
  /** Absent when no answer came. */
  status?: number;
  /** Bare UUID. */
  runId?: string;
  replayed?: boolean;
  retryAfter?: string | null;
  contentType?: string | null;
  /** Organizations whose canary the answer holds. */
  canaries?: string[];
  error?: string;
}

/** The record of everything that clients did: one JSON line when an operation begins and one when it ends. */
export class History {
  readonly operations: Operation[] = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'runhook-chaos-'));
  readonly path: string;
  private begun = 0;

  constructor(name: string) {
    this.path = join(this.directory, `${name}.jsonl`);
  }

  begin(invocation: Omit<Invocation, 'op' | 'invokedAt'>): Invocation {
    const begun = { op: ++this.begun, invokedAt: Date.now(), ...invocation };
    this.write({ type: 'invoke', ...begun });
    return begun;
  }

  end(invocation: Invocation, answer: Omit<Operation, keyof Invocation | 'answeredAt'>): Operation {
    const operation = { ...invocation, answeredAt: Date.now(), ...answer };
    this.operations.push(operation);
    const { op, answeredAt } = operation;
    this.write({ type: answer.outcome, op, answeredAt, ...answer });
    return operation;
  }

  /** Removes the file; a history that shows a violation is kept. */
  discard(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private write(line: object): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }
}
