import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { BlockRegistry } from '#libs/block-kit';
import { AppModule } from '../app.module.js';
import { InvalidSettings, type Settings } from '../platform/config/index.js';
import { type EmbeddedPostgres, migrateDatabase, startEmbeddedPostgres } from '../platform/database/index.js';
import { withEncryptionKey } from '../platform/encryption/index.js';
import { configureEdge } from '../platform/http/index.js';
import { JsonLogger } from '../platform/logging/index.js';
import { setupDocs } from '../platform/openapi/index.js';
import { QUEUE_SCHEMA } from '../platform/queue/index.js';
import { describeSteps } from './describe-steps.js';
import { ERROR_DIALECTS } from './error-dialects.js';
import { FirstStart } from './first-start.js';
import { greeting } from './greeting.js';

/** Where forms and other systems send what is no JSON. */
const ANY_BODY = ['/api/v1/approvals', '/api/webhooks/'];

const say = (text: string): void => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);

/** Starts what ROLE asks for, and stops it in order on SIGTERM and SIGINT: requests and runs first, the database last. */
export async function startServer(given: Settings): Promise<void> {
  const embedded =
    given.DATABASE_URL === undefined ? await startEmbeddedPostgres({ dataDir: given.DATA_DIR, log: say }) : null;
  try {
    const settings = embedded ? withEncryptionKey(given, embedded.dataDir) : given;
    const url = embedded?.url ?? settings.DATABASE_URL ?? '';
    await migrate(settings, url);
    const app = settings.ROLE === 'worker' ? await startWorker(settings, url) : await startApi(settings, url);
    stopOnSignal(app, embedded);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** SQLSTATE or system call's code of a database that cannot be reached or lets nobody in. */
const NO_CONNECTION = /^(?:E[A-Z_]+|28...|3D000)$/;

async function migrate({ DATABASE_URL }: Settings, url: string): Promise<void> {
  try {
    await migrateDatabase(url, QUEUE_SCHEMA);
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (DATABASE_URL === undefined || !NO_CONNECTION.test(code)) throw error;
    throw new InvalidSettings(`DATABASE_URL: cannot connect: ${message || code}`);
  }
}

async function startWorker(settings: Settings, url: string): Promise<INestApplicationContext> {
  const logger = new JsonLogger(settings.LOG_LEVEL);
  const app = await NestFactory.createApplicationContext(AppModule.register(settings, url), {
    logger,
    abortOnError: false,
  });
  say('Runhook worker is ready');
  return app;
}

async function startApi(settings: Settings, url: string): Promise<INestApplicationContext> {
  const logger = new JsonLogger(settings.LOG_LEVEL);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(settings, url), {
    logger,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  configureEdge(app, settings, { logger, errorDialects: ERROR_DIALECTS, anyBodyUnder: ANY_BODY });
  setupDocs(app, { ...describeSteps(app.get(BlockRegistry)), errorDialects: ERROR_DIALECTS });
  await app.init();
  const first = await app.get(FirstStart).execute();
  await listen(app, settings);
  const { port } = app.getHttpServer().address() as { port: number };
  say(greeting(`http://127.0.0.1:${port}`, first));
  return app;
}

async function listen(app: NestExpressApplication, { PORT, HOST }: Settings): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    await app.close();
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE') throw new InvalidSettings(`PORT: ${PORT} is in use; choose another`);
    if (code === 'EACCES') throw new InvalidSettings(`PORT: ${PORT} needs more rights; choose one above 1023`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new InvalidSettings(`HOST: ${HOST} is not an address of this machine`);
    throw error;
  }
}

/** A second signal ends the process at once; nothing accepted is lost by that, it is taken up again. */
function stopOnSignal(app: INestApplicationContext, embedded: EmbeddedPostgres | null): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    say(`${signal}: finishing requests and runs in progress; again to stop at once`);
    try {
      await app.close();
      await embedded?.stop();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}
