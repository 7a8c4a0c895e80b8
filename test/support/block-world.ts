import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AgentRunner } from '#libs/agents';
import { ArtifactStore } from '#libs/artifacts';
import { BlockRegistry, DecisionLinks } from '#libs/block-kit';
import { ConnectionVault, ConnectorRegistry } from '#libs/connector-kit';
import { EmailTemplates } from '#libs/email-templates';
import { PlatformApi } from '#libs/platform-api';
import type { SafeHttp, SafeSockets } from '#libs/safe-http';
import { BlocksModule } from '../../src/blocks/blocks.module.js';
import { ConnectorsModule } from '../../src/connectors/connectors.module.js';
import { loadSettings, Settings } from '../../src/platform/config/index.js';
import { Mailer } from '../../src/platform/mail/index.js';
import { OutboundHttp, OutboundMailSockets } from '../../src/platform/outbound/index.js';
import { CodeSandbox } from '../../src/platform/sandbox/index.js';
import { MemoryAgents, MemoryApi, MemoryArtifacts, MemoryTemplates, MemoryVault } from './memory-ports.js';

/** The block types and connectors of the server, with what they ask of modules in memory. */
export interface BlockWorld {
  blocks: BlockRegistry;
  connectors: ConnectorRegistry;
  vault: MemoryVault;
  artifacts: MemoryArtifacts;
  templates: MemoryTemplates;
  close(): Promise<void>;
}

/** What a world may be given. */
export interface WorldOptions {
  /** Default: the real client, with the settings' policy. */
  http?: SafeHttp;
  /** Default: real sockets, with the settings' policy. */
  sockets?: SafeSockets;
  /** Settings, as environment variables. */
  env?: Record<string, string>;
}

/** As of a server with an address of its own. */
const links: DecisionLinks = {
  create: async ({ stepId }) => ({ url: `https://runhook.example/${stepId}`, secret: stepId }),
};

export async function openBlockWorld({ http, sockets, env = {} }: WorldOptions = {}): Promise<BlockWorld> {
  const [vault, artifacts, templates] = [new MemoryVault(), new MemoryArtifacts(), new MemoryTemplates()];
  const provided = [
    Settings,
    OutboundHttp,
    OutboundMailSockets,
    Mailer,
    CodeSandbox,
    ConnectionVault,
    AgentRunner,
    PlatformApi,
    ArtifactStore,
    EmailTemplates,
    DecisionLinks,
  ];

  @Global()
  @Module({
    providers: [
      { provide: Settings, useValue: loadSettings(env) },
      http ? { provide: OutboundHttp, useValue: http } : OutboundHttp,
      sockets ? { provide: OutboundMailSockets, useValue: sockets } : OutboundMailSockets,
      Mailer,
      CodeSandbox,
      { provide: ConnectionVault, useValue: vault },
      { provide: AgentRunner, useClass: MemoryAgents },
      { provide: PlatformApi, useClass: MemoryApi },
      { provide: ArtifactStore, useValue: artifacts },
      { provide: EmailTemplates, useValue: templates },
      { provide: DecisionLinks, useValue: links },
    ],
    exports: provided,
  })
  class PortsModule {}

  @Module({ imports: [PortsModule, ConnectorsModule, BlocksModule] })
  class WorldModule {}

  const app = await NestFactory.createApplicationContext(WorldModule, { logger: false, abortOnError: false });
  return {
    blocks: app.get(BlockRegistry),
    connectors: app.get(ConnectorRegistry),
    vault,
    artifacts,
    templates,
    close: () => app.close(),
  };
}
