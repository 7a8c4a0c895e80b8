import { type DynamicModule, Module } from '@nestjs/common';
import { AgentRunner } from '#libs/agents';
import type { Settings } from '../../platform/config/index.js';
import { AgentReader } from './agent-reader.js';
import { AgentRepository } from './agent.repository.js';
import { AgentsController } from './agents.controller.js';
import { AskAgent } from './ask-agent.js';
import { SaveAgent } from './save-agent.js';

/** Global, because steps ask agents, and none names this module. */
@Module({})
export class AgentsModule {
  /** Steps of workers keep agents too; answering HTTP is the API's. */
  static register(role: Settings['ROLE']): DynamicModule {
    return {
      module: AgentsModule,
      global: true,
      controllers: role === 'worker' ? [] : [AgentsController],
      providers: [AgentRepository, AgentReader, SaveAgent, { provide: AgentRunner, useClass: AskAgent }],
      exports: [AgentReader, AgentRunner, SaveAgent],
    };
  }
}
