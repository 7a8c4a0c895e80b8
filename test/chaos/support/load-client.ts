import { randomUUID } from 'node:crypto';
import { parseId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import type { History, Invocation, Operation } from './history.js';

/** A server that answers nothing for longer than this hangs. */
const PATIENCE_MS = 15_000;

/** Found in every answer about a tenant's own runs, and in nobody else's. */
export const canaryOf = (organizationId: string): string => `canary-${organizationId}`;
const CANARIES = /canary-([0-9a-f-]{36})/g;

/** The organizations whose canary a text holds. */
export const canariesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(CANARIES)].map(([, id]) => id ?? '')),
];

/** What a {@link LoadClient} sends as. */
export interface Identity {
  organizationId: string;
  key: string;
  /** The workflow it runs, as the API prints its id. */
  workflowId: string;
}

/** One run to ask for. */
export interface Wish {
  /** Default: a new one. */
  idempotencyKey?: string;
  /** Added to the key and the tenant's canary. */
  input?: JsonObject;
  /** Default: the servers in turn. */
  url?: string;
  /** Seconds to wait for the result. Default: none. */
  wait?: number;
}

/** A client of one tenant. It records what it did, and never throws because of an answer or for want of one. */
export class LoadClient {
  private turn = 0;

  constructor(
    private readonly identity: Identity,
    /** Base URLs of the API processes, changed by the test as they come and go. */
    readonly urls: string[],
    private readonly history: History,
  ) {}

  async run({ idempotencyKey = randomUUID(), input = {}, url = this.nextUrl(), wait }: Wish = {}): Promise<Operation> {
    const { organizationId, workflowId } = this.identity;
    const whole = { key: idempotencyKey, canary: canaryOf(organizationId), ...input };
    const invocation = this.history.begin({ organizationId, workflowId, idempotencyKey, input: whole, url });
    try {
      const query = wait === undefined ? '' : `?wait=${wait}`;
      const response = await fetch(`${url}/api/v1/workflows/${workflowId}/run${query}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.identity.key}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: JSON.stringify({ input: whole }),
        signal: AbortSignal.timeout(PATIENCE_MS + (wait ?? 0) * 1000),
      });
      return this.history.end(invocation, toAnswer(response, await response.text()));
    } catch (error) {
      const { message, cause } = error as Error;
      return this.history.end(invocation, { outcome: 'info', error: `${message}: ${String(cause)}` });
    }
  }

  /** `count` runs at once. */
  burst(count: number, wish: Wish = {}): Promise<Operation[]> {
    return Promise.all(Array.from({ length: count }, () => this.run(wish)));
  }

  /** Sends at a steady pace whatever the answers are; `stop` resolves when all have come. */
  steady(perSecond: number, wish: Wish = {}): { stop(): Promise<void> } {
    const sent: Promise<Operation>[] = [];
    const timer = setInterval(() => sent.push(this.run(wish)), 1000 / perSecond);
    return {
      stop: async () => {
        clearInterval(timer);
        await Promise.all(sent);
      },
    };
  }

  /** Repeats what got no answer, as a client would: afterwards every operation's key has one that is `ok`, if the server is well. */
  async repeatUnanswered(): Promise<Operation[]> {
    const mine = this.history.operations.filter(
      (operation) => operation.organizationId === this.identity.organizationId,
    );
    const answered = new Set(
      mine.filter(({ outcome }) => outcome !== 'info').map(({ idempotencyKey }) => idempotencyKey),
    );
    const open = new Map(mine.map((operation) => [operation.idempotencyKey, operation.input]));
    for (const key of answered) open.delete(key);
    const repeated: Operation[] = [];
    for (const [idempotencyKey, input] of open) repeated.push(await this.run({ idempotencyKey, input }));
    return repeated;
  }

  private nextUrl(): string {
    return this.urls[this.turn++ % this.urls.length] ?? 'http://127.0.0.1:9';
  }
}

function toAnswer(response: Response, text: string): Omit<Operation, keyof Invocation | 'answeredAt'> {
  const { status, headers } = response;
  const outcome = status < 300 ? 'ok' : status < 500 ? 'fail' : 'info';
  const body = JSON.parse(text || '{}') as { runId?: string; id?: string; code?: string };
  const runId = parseId('run', body.runId ?? body.id ?? '');
  return {
    outcome,
    status,
    ...(outcome === 'ok' && runId !== null && { runId }),
    ...(headers.get('idempotent-replayed') === 'true' && { replayed: true }),
    retryAfter: headers.get('retry-after'),
    contentType: headers.get('content-type'),
    canaries: canariesIn(text),
    ...(body.code !== undefined && { error: body.code }),
  };
}
