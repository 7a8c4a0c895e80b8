import type { Issue } from '../../platform/errors/index.js';

/** Carries one thing wrong with a definition up to where it is answered. */
export class DefinitionIssue extends Error {
  constructor(readonly issue: Issue) {
    super(issue.message);
  }
}
