/**
 * Workflows: what can be run. Words: a *workflow* has a state and a current *version*; a version is an immutable definition; compiled, it is
 * a *plan* with its schemas. Runs and dialects come in through here.
 */
export { checkOutput } from './check-output.js';
export type { CompiledWorkflow } from './compile-definition.js';
export type { RequiredConnection } from './compile-block.js';
export type { ScheduleDefinition, WebhookVerification, WorkflowDefinition } from './definition.js';
export type { BlockDefinition, EdgeDefinition, GraphDefinition } from './definition.js';
export { GraphReader } from './graph/graph-reader.js';
export type { GraphHead, GraphListQuery } from './graph/graph.repository.js';
export { type GraphChange, type NewGraph, SaveGraph } from './graph/save-graph.js';
export { TriggerDto } from './dto/trigger.dto.js';
export { WebhookVerificationDto } from './dto/webhook-verification.dto.js';
export { CreateWorkflowDto, ListWorkflowsQuery } from './dto/workflow.dto.js';
export { PAYLOAD_STORES, type PayloadStore, WEBHOOK_ANSWERS, type WebhookAnswer } from './definition.js';
export type { Privacy } from './privacy.js';
export { MoveWorkflow } from './move-workflow.js';
export { PlanCache, type WorkflowHead } from './plan-cache.js';
export { SaveWorkflow } from './save-workflow.js';
export { WorkflowEntity } from './workflow.entity.js';
export { WorkflowReader } from './workflow-reader.js';
export { workflowNotActive, workflowNotFound } from './workflow.errors.js';
export { WorkflowIdPipe } from './workflow-id.js';
export { WorkflowVersionEntity } from './workflow-version.entity.js';
export {
  type ObservedWorkflow,
  type WorkflowChange,
  type WorkflowObserver,
  WorkflowObservers,
} from './workflow-observer.js';
export { WorkflowsModule } from './workflows.module.js';
export { checkVerification, toVerification, type WebhookDefinition, webhooksOf } from './webhook-definition.js';
