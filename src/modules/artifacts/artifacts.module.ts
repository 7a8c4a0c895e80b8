import { type DynamicModule, Module } from '@nestjs/common';
import { ArtifactStore } from '#libs/artifacts';
import type { Settings } from '../../platform/config/index.js';
import { ArtifactRepository } from './artifact.repository.js';
import { ArtifactsController } from './artifacts.controller.js';
import { PostgresArtifactStore } from './postgres-artifact-store.js';

/** Global, because steps ask for the store, and none names this module. */
@Module({})
export class ArtifactsModule {
  /** @param runs the module of runs, which decides who may look */
  static register(role: Settings['ROLE'], runs: DynamicModule): DynamicModule {
    return {
      module: ArtifactsModule,
      global: true,
      imports: role === 'worker' ? [] : [runs],
      controllers: role === 'worker' ? [] : [ArtifactsController],
      providers: [ArtifactRepository, { provide: ArtifactStore, useClass: PostgresArtifactStore }],
      exports: [ArtifactStore],
    };
  }
}
