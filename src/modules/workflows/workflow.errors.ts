import { invalidStatus, notFound } from '../../platform/errors/index.js';
import type { WorkflowStatus } from './workflow.status.js';

/** Also the answer for a workflow of another organization, and for one that a key is not bound to. */
export const workflowNotFound = () => notFound('Workflow not found');

export const workflowNotActive = (status: WorkflowStatus) =>
  invalidStatus(`Workflow must be active to run. Current status: ${status}`);
