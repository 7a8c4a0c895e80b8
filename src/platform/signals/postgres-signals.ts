import { Logger } from '@nestjs/common';
import pg from 'pg';
import { type Channel, Signals } from './signals.js';

const PG_CHANNEL = 'runhook';
const RECONNECT_MS = 1_000;
const CONNECT_MS = 5_000;
/** NOTIFY payloads must stay under 8,000 bytes; an entry has at most 60. */
const ENTRIES_PER_NOTIFY = 100;

/**
 * Signals over LISTEN/NOTIFY. Signals sent while a NOTIFY is in flight share the next one, since each NOTIFY takes a database-wide lock at
 * commit. A lost connection is opened again, and then everybody looks.
 */
export class PostgresSignals extends Signals {
  private readonly logger = new Logger('Signals');
  private readonly outbox = new Set<string>();
  private sending = false;
  private client: pg.Client | undefined;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly self = Math.random().toString(36).slice(2, 8);

  constructor(
    private readonly url: string,
    private readonly pool: () => pg.Pool,
  ) {
    super();
  }

  /** Opens the listening connection; resolves once it listens. */
  async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      // A server that takes the connection and says nothing would be waited for without end.
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: CONNECT_MS,
      application_name: 'runhook-signals',
    });
    this.client = client;
    client.on('error', () => this.reconnectLater(client));
    client.on('end', () => this.reconnectLater(client));
    client.on('notification', ({ payload }) => this.receive(payload ?? ''));
    await client.connect();
    await client.query(`listen ${PG_CHANNEL}`);
  }

  protected broadcast(channel: Channel, id: string): void {
    this.outbox.add(`${channel} ${id}`);
    if (!this.sending) void this.flush();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async flush(): Promise<void> {
    this.sending = true;
    while (this.outbox.size > 0 && !this.closed) {
      const batch = [...this.outbox].slice(0, ENTRIES_PER_NOTIFY);
      for (const entry of batch) this.outbox.delete(entry);
      try {
        await this.pool().query({
          name: 'notify',
          text: 'select pg_notify($1, $2)',
          values: [PG_CHANNEL, `${this.self}\n${batch.join('\n')}`],
        });
      } catch (error) {
        this.logger.warn(
          `a wake-up for other processes was lost: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    this.sending = false;
  }

  private receive(payload: string): void {
    const [sender, ...entries] = payload.split('\n');
    if (sender === this.self) return;
    for (const entry of entries) {
      const [channel, id] = entry.split(' ');
      if (id !== undefined) this.deliver(channel as Channel, id);
    }
  }

  private reconnectLater(client: pg.Client): void {
    if (this.closed || client !== this.client) return;
    this.client = undefined;
    client.removeAllListeners('notification');
    client.end().catch(() => undefined);
    this.timer = setTimeout(() => {
      this.listen().then(
        () => this.deliverAll(),
        () => this.client && this.reconnectLater(this.client),
      );
    }, RECONNECT_MS);
  }
}
