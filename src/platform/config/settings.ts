import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, MinLength } from 'class-validator';
import { API_KEY_PATTERN } from '#libs/ids';

const URL_RULE = { require_tld: false, require_protocol: true };

/** Every setting of the server, read from environment variables of the same name. Durations are in milliseconds unless named otherwise. */
export class Settings {
  /** TCP port of the HTTP server; 0 takes a free one. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT: number = 3000;

  /** Address to listen on. */
  @IsString()
  @MinLength(1)
  readonly HOST: string = '0.0.0.0';

  /** Which halves run in this process: the HTTP API, the worker, or both. */
  @IsIn(['all', 'api', 'worker'])
  readonly ROLE: 'all' | 'api' | 'worker' = 'all';

  /** Directory of the embedded PostgreSQL; unused with DATABASE_URL. */
  @IsString()
  @MinLength(1)
  readonly DATA_DIR: string = './.data';

  /** PostgreSQL to use instead of the embedded one. */
  @IsOptional()
  @IsUrl({ ...URL_RULE, protocols: ['postgres', 'postgresql'] })
  readonly DATABASE_URL?: string;

  /** Redis or Valkey for the doorbell queue and the rate limits. Without it PostgreSQL serves both. */
  @IsOptional()
  @IsUrl({ ...URL_RULE, protocols: ['redis', 'rediss'] })
  readonly REDIS_URL?: string;

  /** Connections of the pool that serves requests and workers. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(200)
  readonly DATABASE_POOL_SIZE: number = 10;

  /** The first administrator's API key; without it the first start makes one and prints it. */
  @IsOptional()
  @Matches(API_KEY_PATTERN, { message: 'must be capi_ followed by 36 letters and digits, as made by the server' })
  readonly BOOTSTRAP_API_KEY?: string;

  /** Address under which people and other systems reach the server, for links that it makes. Default: localhost and PORT. */
  @IsOptional()
  @IsUrl({ ...URL_RULE, protocols: ['http', 'https'] })
  readonly PUBLIC_URL?: string;

  /** Addresses, comma separated, to which a person may be sent after an OAuth authorization, besides those below PUBLIC_URL. */
  @IsOptional()
  @IsString()
  readonly OAUTH_REDIRECT_URLS?: string;

  /** {@link PUBLIC_URL} or its default, without a slash at the end. */
  get publicUrl(): string {
    return (this.PUBLIC_URL ?? `http://localhost:${this.PORT}`).replace(/\/+$/, '');
  }

  /** Lowest level that is logged. */
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly LOG_LEVEL: string = 'warn';

  /** How many proxies in front of the server may name the client's address in X-Forwarded-For. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  readonly TRUST_PROXY: number = 0;

  /** Largest request body, in bytes. */
  @Type(() => Number)
  @IsInt()
  @Min(1024)
  @Max(10 * 1024 * 1024)
  readonly MAX_BODY_BYTES: number = 1024 * 1024;

  /** Runs that one worker process executes at the same time. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly WORKER_CONCURRENCY: number = 100;

  /** Runs of one organization that execute at the same time on all workers, unless the organization has its own cap. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly ORGANIZATION_CONCURRENCY: number = 100;

  /** Unfinished runs that one organization may have; more are answered 429. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly ORGANIZATION_BACKLOG: number = 10_000;

  /** Unfinished runs that the whole server may have; more are answered 503. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly SERVER_BACKLOG: number = 100_000;

  /** How long a claimed run belongs to its worker without a heartbeat. Heartbeats are sent at a third of it. */
  @Type(() => Number)
  @IsInt()
  @Min(500)
  @Max(600_000)
  readonly RUN_LEASE_MS: number = 30_000;

  /** How often a worker looks for due runs without being rung. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly SWEEP_INTERVAL_MS: number = 10_000;

  /** Crashes of workers that one run survives; the next one fails it with WORKER_CRASHED. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1000)
  readonly RUN_MAX_CRASHES: number = 3;

  /** Days for which runs are kept after their end, unless the organization has its own number. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3650)
  readonly RETENTION_DAYS: number = 30;

  /** How long a stopping process waits for requests and runs in progress. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly SHUTDOWN_TIMEOUT_MS: number = 25_000;

  /** Private address ranges, as comma separated CIDRs, that workflows may call; none by default. */
  @IsOptional()
  @IsString()
  readonly OUTBOUND_ALLOW?: string;

  /** Ports that workflows may call on public addresses, comma separated. */
  @Matches(/^\d{1,5}(,\d{1,5})*$/, { message: 'must be port numbers separated by commas' })
  readonly OUTBOUND_PORTS: string = '80,443';

  /** Ports on which workflows may reach public mail servers that a connection names, comma separated. */
  @Matches(/^\d{1,5}(,\d{1,5})*$/, { message: 'must be port numbers separated by commas' })
  readonly OUTBOUND_SMTP_PORTS: string = '25,465,587,2525';

  /** Mail server for the email steps of organizations without an email connection: smtp://user:password@host:587 or smtps://… */
  @IsOptional()
  @IsUrl({ ...URL_RULE, protocols: ['smtp', 'smtps'] })
  readonly SMTP_URL?: string;

  /** Sender of mail that goes through SMTP_URL, as an address or `Name <address>`. */
  @IsOptional()
  @Matches(/^(?:[^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?$/, { message: 'must be an address or "Name <address>"' })
  readonly EMAIL_FROM?: string;

  /** Whether code that users write runs. Where it does not, a definition with a code block is refused and its runs fail. */
  @IsIn(['true', 'false'])
  readonly CODE_ENABLED: 'true' | 'false' = 'true';

  /** Processes in which one server process runs code, each one block at a time. Default: one a processor, four at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  readonly CODE_PROCESSES?: number;

  /** Refused credentials that one client address may send to a process in a minute before it is answered 429. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly AUTH_FAILURES_PER_MINUTE: number = 20;

  /** Calls of webhooks and approval pages that one client address may make in a minute. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly WEBHOOK_CALLS_PER_ADDRESS: number = 10_000;

  /** Calls that one webhook takes in a minute, unless its organization has its own number. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly WEBHOOK_CALLS_PER_WEBHOOK: number = 600;

  /**
   * Keys that encrypt secrets at rest, as comma separated `<id>:<base64 of 32 bytes>`; the first one writes. On the embedded database it is
   * made at the first start and kept in DATA_DIR; with DATABASE_URL and without it, nothing that is secret can be stored.
   */
  @IsOptional()
  @IsString()
  readonly ENCRYPTION_KEY?: string;

  /** Test builds only: kills the process at a named point, as `<point>:<n>`. Ignored unless NODE_ENV is `test`. */
  @IsOptional()
  @Matches(/^[a-z_]+:\d+$/)
  readonly FAULT_AT?: string;
}
