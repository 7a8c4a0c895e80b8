import { defineError, invalidStatus, notFound } from '../../platform/errors/index.js';
import type { WorkflowStatus } from './workflow.status.js';

export const changedMeanwhile = defineError(
  'CONFLICT',
  'conflict',
  'The resource was changed by another request while this one was being worked out. Read it and try again.',
);

/** Also the answer for a workflow of another organization, and for one that a key is not bound to. */
export const workflowNotFound = () => notFound('Workflow not found');

export const workflowNotActive = (status: WorkflowStatus) =>
  invalidStatus(`Workflow must be active to run. Current status: ${status}`);
