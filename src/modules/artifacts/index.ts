/**
 * Artifacts: files that steps of a run leave behind, kept in PostgreSQL for as long as the run. Steps save and find them through the port
 * `ArtifactStore`; whoever may read the run may download them.
 */
export { ArtifactEntity } from './artifact.entity.js';
export { ArtifactsModule } from './artifacts.module.js';
