import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { MixedList } from 'typeorm';
import { Settings } from './config/index.js';
import { Database, DATABASE_URL, dataSourceOptions } from './database/index.js';
import { Encryption, OrganizationKeyRepository } from './encryption/index.js';
import { Mailer } from './mail/index.js';
import { OutboundHttp, OutboundMailSockets } from './outbound/index.js';
import { CodeSandbox } from './sandbox/index.js';
import { LocalSignals, PostgresSignals, Signals } from './signals/index.js';

@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(private readonly signals: Signals) {}

  /**
   * @param databaseUrl the database in use, which is the embedded one unless the settings name another
   * @param entities of all modules
   */
  static register(settings: Settings, databaseUrl: string, entities: MixedList<Function>): DynamicModule {
    const dataSource = {
      url: databaseUrl,
      poolSize: settings.DATABASE_POOL_SIZE,
      applicationName: `runhook-${settings.ROLE}`,
    };
    return {
      module: PlatformModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(dataSource, entities),
          retryAttempts: 0,
          manualInitialization: false,
        }),
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: DATABASE_URL, useValue: databaseUrl },
        Database,
        OutboundHttp,
        OutboundMailSockets,
        Mailer,
        CodeSandbox,
        OrganizationKeyRepository,
        Encryption,
        {
          provide: Signals,
          inject: [Database],
          useFactory: (database: Database) => openSignals(settings, databaseUrl, database),
        },
      ],
      exports: [
        Settings,
        DATABASE_URL,
        Database,
        Encryption,
        OutboundHttp,
        OutboundMailSockets,
        Mailer,
        CodeSandbox,
        Signals,
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.signals.close();
  }
}

/** A server on its embedded database is one process; any other may have neighbours. */
async function openSignals(settings: Settings, url: string, database: Database): Promise<Signals> {
  if (settings.DATABASE_URL === undefined) return new LocalSignals();
  const signals = new PostgresSignals(url, () => database.pool);
  await signals.listen();
  return signals;
}
