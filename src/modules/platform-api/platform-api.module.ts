import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { PlatformApi, type PlatformAnswer, type PlatformRefusal, type PlatformRequest } from '#libs/platform-api';
import { KeyCallersModule } from '../auth/index.js';
import { WorkflowsModule } from '../workflows/index.js';
import { AgentOperations } from './agent-operations.js';
import { OwnApi } from './own-api.js';
import { RunOperations } from './run-operations.js';
import { WorkflowOperations } from './workflow-operations.js';

/**
 * Finds {@link OwnApi} when it is called. It cannot be injected: workflows and runs ask the registry of block types, and the block type that calls
 * the API is in it.
 */
@Injectable()
class LatePlatformApi extends PlatformApi {
  constructor(private readonly modules: ModuleRef) {
    super();
  }

  override call(request: PlatformRequest): Promise<PlatformAnswer | PlatformRefusal> {
    return this.modules.get(OwnApi).call(request);
  }

  override mayRun(...asked: Parameters<PlatformApi['mayRun']>): Promise<PlatformRefusal | null> {
    return this.modules.get(OwnApi).mayRun(...asked);
  }
}

/** Global, because steps call the API, and none names this module. */
@Module({})
export class PlatformApiModule {
  /** @param runs the runs' room of this process */
  static register(runs: DynamicModule): DynamicModule {
    return {
      module: PlatformApiModule,
      global: true,
      imports: [runs, WorkflowsModule, KeyCallersModule],
      providers: [
        AgentOperations,
        WorkflowOperations,
        RunOperations,
        OwnApi,
        { provide: PlatformApi, useClass: LatePlatformApi },
      ],
      exports: [PlatformApi],
    };
  }
}
