import { Injectable, type MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { isTransient } from '../../platform/database/index.js';
import { Signals } from '../../platform/signals/index.js';
import { toRunEventDto } from './dto/run-event.dto.js';
import { RunRepository } from './run.repository.js';

/** A comment keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;
/** A wake-up may be lost, so an open stream looks by itself this often. */
const LOOK_EVERY_MS = 5_000;
/** After this the client is asked to come back, with the number of the last event it has. */
const LONGEST_MS = 30 * 60_000;

/**
 * A run's events as a server-sent event stream, from any number on, live until the run's last event and then closed. Events are read from
 * the database, so any process can serve any stream at any time.
 */
@Injectable()
export class RunEventStream {
  constructor(
    private readonly runs: RunRepository,
    private readonly signals: Signals,
  ) {}

  /** @param after number of the last event the client has; 0 for all */
  open(organizationId: string, runId: string, after: number): Observable<MessageEvent> {
    return new Observable((subscriber) => {
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
            const end = await this.runs.findEnd(organizationId, runId);
            for (const message of await this.read(organizationId, runId, next)) {
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
      const unlisten = this.signals.on('run_changed', runId, () => void look());
      const timers = [
        setInterval(() => subscriber.next({ comment: 'keep-alive' }), HEARTBEAT_MS),
        setInterval(() => void look(), LOOK_EVERY_MS),
        setTimeout(() => subscriber.complete(), LONGEST_MS),
      ];
      void look();
      return () => {
        unlisten();
        for (const timer of timers) clearTimeout(timer);
      };
    });
  }

  private async read(organizationId: string, runId: string, after: number): Promise<MessageEvent[]> {
    const segments = await this.runs.listSegments(organizationId, runId, after);
    return segments.flatMap(({ firstSeq, events }) =>
      events.flatMap((event, index) => {
        const seq = firstSeq + index;
        return seq > after ? [{ id: String(seq), type: event.type, data: toRunEventDto(runId, seq, event) }] : [];
      }),
    );
  }
}
