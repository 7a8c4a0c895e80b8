import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { Observable, ReplaySubject, type Subscriber, takeUntil } from 'rxjs';
import { isTransient } from '../../platform/database/index.js';
import { unavailable } from '../../platform/errors/index.js';
import { Signals } from '../../platform/signals/index.js';
import { ApiKeys, type Caller } from '../auth/index.js';
import { toRunEventDto } from './dto/run-event.dto.js';
import { ReadPayloads } from './payloads/read-payloads.js';
import type { RunEntity } from './run.entity.js';
import { tooManyStreams } from './run.errors.js';
import { RunRepository } from './run.repository.js';

type StreamedRun = Pick<RunEntity, 'id' | 'versionId'>;

/**
 * A comment keeps proxies from closing a quiet stream. At the same time an open stream looks by itself, since a wake-up may be lost, and a
 * stream whose key was revoked is closed.
 */
const HEARTBEAT_MS = 15_000;
/** After this the client is asked to come back, with the number of the last event it has. */
const LONGEST_MS = 30 * 60_000;
/** A client that reads slower than this many characters behind is disconnected; it can resume. */
export const STREAM_BUFFER = 256 * 1024;
const STREAMS_PER_KEY = 20;
const STREAMS_PER_PROCESS = 1_000;

/**
 * A run's events as a server-sent event stream, from any number on, live until the run's last event and then closed. Events are read from
 * the database, so any process can serve any stream at any time.
 */
@Injectable()
export class RunEventStream implements OnModuleDestroy {
  private readonly openByKey = new Map<string, number>();
  private open = 0;
  private readonly stopping = new ReplaySubject<void>(1);

  constructor(
    private readonly runs: RunRepository,
    private readonly payloads: ReadPayloads,
    private readonly signals: Signals,
    private readonly keys: ApiKeys,
  ) {}

  /**
   * @param after number of the last event the client has; 0 for all
   * @throws DomainError TOO_MANY_STREAMS, UNAVAILABLE
   */
  start(caller: Caller, run: StreamedRun, after: number): Observable<MessageEvent> {
    if (this.open >= STREAMS_PER_PROCESS)
      throw unavailable('Too many event streams are open on this server', { retryAfter: 5 });
    if ((this.openByKey.get(caller.keyId) ?? 0) >= STREAMS_PER_KEY) {
      const message = `This API key has ${STREAMS_PER_KEY} event streams open. Close one first, or poll the run.`;
      throw tooManyStreams(message, { retryAfter: 5 });
    }
    const events = new Observable<MessageEvent>((subscriber) => {
      this.count(caller.keyId, 1);
      const stop = this.follow(caller, run, after, subscriber);
      return () => {
        stop();
        this.count(caller.keyId, -1);
      };
    });
    return events.pipe(takeUntil(this.stopping));
  }

  /** Clients come back, to another process, with the number of the last event they have. */
  onModuleDestroy(): void {
    this.stopping.next();
  }

  private count(keyId: string, change: 1 | -1): void {
    this.open += change;
    const ofKey = (this.openByKey.get(keyId) ?? 0) + change;
    if (ofKey === 0) this.openByKey.delete(keyId);
    else this.openByKey.set(keyId, ofKey);
  }

  /** Sends events until the subscriber is closed. Returns what stops that. */
  private follow(caller: Caller, run: StreamedRun, after: number, subscriber: Subscriber<MessageEvent>): () => void {
    let next = after;
    let looking = false;
    let rung = false;
    const look = async (): Promise<void> => {
      rung = true;
      if (looking) return;
      looking = true;
      try {
        while (rung && !subscriber.closed) {
          rung = false;
          // Read first: events that follow a final status read here belong to a retry, whose wake-up comes later.
          const end = await this.runs.findEnd(caller.organizationId, run.id);
          for (const message of await this.read(caller.organizationId, run, next)) {
            next = Number(message.id);
            subscriber.next(message);
          }
          if (end === null || next >= end) subscriber.complete();
        }
      } catch (error) {
        // The next look tries again; the client waits behind heartbeats.
        if (!isTransient(error)) subscriber.error(error);
      } finally {
        looking = false;
      }
    };
    const beat = setInterval(() => {
      subscriber.next({ comment: 'keep-alive' });
      void look();
      void this.closeIfRevoked(caller, subscriber);
    }, HEARTBEAT_MS);
    const longest = setTimeout(() => subscriber.complete(), LONGEST_MS);
    const unlisten = this.signals.on('run_changed', run.id, () => void look());
    void look();
    return () => {
      unlisten();
      clearInterval(beat);
      clearTimeout(longest);
    };
  }

  private async closeIfRevoked(caller: Caller, subscriber: Subscriber<MessageEvent>): Promise<void> {
    try {
      if (!(await this.keys.isActive(caller.organizationId, caller.keyId))) subscriber.complete();
    } catch {
      // Asked again at the next heartbeat.
    }
  }

  private async read(organizationId: string, run: StreamedRun, after: number): Promise<MessageEvent[]> {
    const segments = await this.payloads.listSegments(organizationId, run, after);
    return segments.flatMap(({ firstSeq, events }) =>
      events.flatMap((event, index) => {
        const seq = firstSeq + index;
        return seq > after ? [{ id: String(seq), type: event.type, data: toRunEventDto(run.id, seq, event) }] : [];
      }),
    );
  }
}
