import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ArtifactStore } from '#libs/artifacts';
import type { Settings } from '../../platform/config/index.js';
import { ArtifactRepository } from './artifact.repository.js';
import { ArtifactsController } from './artifacts.controller.js';
import { PostgresArtifactStore } from './postgres-artifact-store.js';

/** The store, for steps that save and find artifacts. */
@Global()
@Module({
  providers: [ArtifactRepository, { provide: ArtifactStore, useClass: PostgresArtifactStore }],
  exports: [ArtifactRepository, ArtifactStore],
})
class ArtifactStoreModule {}

@Module({})
export class ArtifactsModule {
  /**
   * Steps of both roles save; downloading is the API's.
   * @param runs the process's own room of runs
   */
  static register(role: Settings['ROLE'], runs: DynamicModule): DynamicModule {
    if (role === 'worker') return { module: ArtifactsModule, imports: [ArtifactStoreModule] };
    return {
      module: ArtifactsModule,
      imports: [ArtifactStoreModule, runs],
      controllers: [ArtifactsController],
    };
  }
}
