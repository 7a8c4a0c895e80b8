import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AgentRunner } from '#libs/agents';
import { ArtifactStore } from '#libs/artifacts';
import { DecisionLinks } from '#libs/block-kit';
import { ConnectionVault } from '#libs/connector-kit';
import { EmailTemplates } from '#libs/email-templates';
import { PlatformApi } from '#libs/platform-api';
import { BlocksModule } from './blocks/index.js';
import { FirstStart } from './bootstrap/first-start.js';
import { ConnectorsModule } from './connectors/index.js';
import { GraphsModule } from './dialects/graphs/index.js';
import { ENTITIES } from './entities.js';
import { AdminModule } from './modules/admin/index.js';
import { AgentsModule } from './modules/agents/index.js';
import { ApprovalsModule } from './modules/approvals/index.js';
import { ArtifactsModule } from './modules/artifacts/index.js';
import { AuthModule } from './modules/auth/index.js';
import { ConnectionsModule } from './modules/connections/index.js';
import { ConnectorsApiModule } from './modules/connectors/index.js';
import { EmailTemplatesModule } from './modules/email-templates/index.js';
import { OrganizationsModule } from './modules/organizations/index.js';
import { PlatformApiModule } from './modules/platform-api/index.js';
import { RateLimitModule, REQUEST_GUARDS } from './modules/rate-limit/index.js';
import { RunsModule } from './modules/runs/index.js';
import { SchedulesModule } from './modules/schedules/index.js';
import { WebhooksModule } from './modules/webhooks/index.js';
import { WorkflowsModule } from './modules/workflows/index.js';
import { Settings } from './platform/config/index.js';
import { HealthModule } from './platform/health/index.js';
import { HttpDrain } from './platform/http/index.js';
import { Mailer } from './platform/mail/index.js';
import { OutboundHttp, OutboundMailSockets } from './platform/outbound/index.js';
import { PlatformModule } from './platform/platform.module.js';
import { QueueModule } from './platform/queue/index.js';
import { CodeSandbox } from './platform/sandbox/index.js';

/** The list of features. ROLE decides which halves of them run in this process. */
@Module({})
export class AppModule {
  static register(settings: Settings, databaseUrl: string): DynamicModule {
    // Each once: Nest tells dynamic modules apart by reference, and each would bring a worker of its own.
    const runs = RunsModule.register(settings.ROLE);
    const webhooks = WebhooksModule.register(settings.ROLE, runs);
    const shared = [
      PlatformModule.register(settings, databaseUrl, ENTITIES),
      QueueModule,
      ConnectorsModule,
      BlocksModule,
      runs,
      AgentsModule.register(settings.ROLE),
      PlatformApiModule.register(runs),
      ArtifactsModule.register(settings.ROLE, runs),
      EmailTemplatesModule.register(settings.ROLE),
      ConnectionsModule.register(settings.ROLE),
      ApprovalsModule.register(settings.ROLE, runs),
      SchedulesModule.register(settings.ROLE, runs),
      webhooks,
    ];
    if (settings.ROLE === 'worker') return { module: AppModule, imports: shared };
    return {
      module: AppModule,
      imports: [
        ...shared,
        AdminModule,
        OrganizationsModule,
        AuthModule,
        RateLimitModule,
        WorkflowsModule,
        ConnectorsApiModule,
        GraphsModule.register(runs, webhooks),
        HealthModule,
      ],
      providers: [
        FirstStart,
        HttpDrain,
        ...REQUEST_GUARDS.map((guard) => ({ provide: APP_GUARD, useExisting: guard })),
      ],
    };
  }
}

/** What blocks and connectors ask of modules. */
const PORTS = [AgentRunner, ArtifactStore, ConnectionVault, DecisionLinks, EmailTemplates, PlatformApi];

/** The block types by themselves, for those who describe them. */
@Global()
@Module({})
export class BlockTypesModule {
  static register(settings: Settings): DynamicModule {
    return {
      module: BlockTypesModule,
      imports: [ConnectorsModule, BlocksModule],
      providers: [
        { provide: Settings, useValue: settings },
        OutboundHttp,
        OutboundMailSockets,
        Mailer,
        CodeSandbox,
        // Described, but never run.
        ...PORTS.map((provide) => ({ provide, useValue: null })),
      ],
      exports: [Settings, OutboundHttp, OutboundMailSockets, Mailer, CodeSandbox, ...PORTS],
    };
  }
}
