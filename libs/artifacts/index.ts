/**
 * Artifacts: files that the steps of a run leave behind, such as a PDF that was downloaded. A later step attaches one by its name; the run's
 * owner downloads it. This is the port; where they are kept is the server's business.
 */
export {
  type Artifact,
  type ArtifactHead,
  ArtifactRefused,
  ArtifactStore,
  LARGEST_ARTIFACT,
  MOST_ARTIFACTS,
} from './artifact-store.js';
