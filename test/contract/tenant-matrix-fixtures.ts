import type { Scope } from '../../src/modules/auth/scopes.js';
import { echoStep, workflowBody } from '../factories/workflow.js';
import type { ApiClient } from '../support/api.js';

/** What one organization has. Every text of it holds its canary. */
export interface Belongings {
  api: ApiClient;
  canary: string;
  workflow: string;
  run: string;
  key: string;
  connection: string;
  template: string;
  agent: string;
  webhook: string;
  delivery: string;
}

export interface Request {
  /** Stands for the id in the path, which comes first there. */
  id?: string;
  /** The path's other parameters, by name. */
  rest?: Record<string, string>;
  query?: string;
  body?: object;
}

/** How an operation is tried. */
export interface Fixture {
  /** Any one of them is enough. */
  scopes: readonly Scope[];
  /** Is needed besides. */
  beside?: Scope;
  /** A good request for what belongs to these. */
  ask: (own: Belongings) => Request;
  /** Its answer to the right key. */
  right: number;
  /**
   * Its answer to a key of another organization. Default 404: it names an id in its path. An operation without one answers about the
   * caller's own, so it must show nothing of the other's.
   */
  foreign?: number;
}

export const connectionBody = (name: string) => ({
  name,
  provider: 'http',
  credentials: { token: `token of ${name}` },
  settings: { baseUrl: 'https://example.com' },
});

/** Its name stands in paths, which errors repeat: so it holds no canary. */
export const APP = 'crm';
export const oauthApp = (canary: string) => ({
  provider: 'http',
  authorizationUrl: 'https://example.com/authorize',
  tokenUrl: 'https://example.com/token',
  clientId: 'matrix',
  clientSecret: 'the secret of the matrix',
  settings: { baseUrl: `https://example.com/${canary}` },
});

/** Each operation that needs a key, by operationId. A new operation is refused here until it has a line. */
export const FIXTURES: Record<string, Fixture> = {
  createApiKey: {
    scopes: ['keys:write'],
    ask: ({ workflow }) => ({ body: { name: 'x', workflowIds: [workflow], scopes: ['keys:write'] } }),
    right: 201,
    foreign: 400,
  },
  listApiKeys: { scopes: ['keys:read'], ask: () => ({}), right: 200, foreign: 200 },
  getApiKey: { scopes: ['keys:read'], ask: ({ key }) => ({ id: key }), right: 200 },
  revokeApiKey: { scopes: ['keys:write'], ask: ({ key }) => ({ id: key }), right: 200 },
  createAgent: { scopes: ['agents:write'], ask: () => ({ body: { name: 'another' } }), right: 201, foreign: 201 },
  listAgents: { scopes: ['agents:read'], ask: () => ({}), right: 200, foreign: 200 },
  getAgent: { scopes: ['agents:read'], ask: ({ agent }) => ({ id: agent }), right: 200 },
  updateAgent: { scopes: ['agents:write'], ask: ({ agent }) => ({ id: agent, body: { name: 'x' } }), right: 200 },
  deleteAgent: { scopes: ['agents:write'], ask: ({ agent }) => ({ id: agent }), right: 204 },
  createGraphAgent: { scopes: ['agents:write'], ask: () => ({ body: { name: 'another' } }), right: 201, foreign: 201 },
  listGraphAgents: { scopes: ['agents:read'], ask: () => ({}), right: 200, foreign: 200 },
  getGraphAgent: { scopes: ['agents:read'], ask: ({ agent }) => ({ id: agent }), right: 200 },
  updateGraphAgent: { scopes: ['agents:write'], ask: ({ agent }) => ({ id: agent, body: { name: 'x' } }), right: 200 },
  deleteGraphAgent: { scopes: ['agents:write'], ask: ({ agent }) => ({ id: agent }), right: 200 },
  createGraphWorkflow: {
    scopes: ['workflows:write'],
    ask: () => ({ body: { name: 'another' } }),
    right: 201,
    foreign: 201,
  },
  listGraphWorkflows: {
    scopes: ['workflows:read'],
    ask: ({ canary }) => ({ query: `?q=${canary}` }),
    right: 200,
    foreign: 200,
  },
  getGraphWorkflow: { scopes: ['workflows:read'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  updateGraphWorkflow: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({ id: workflow, body: { name: 'renamed' } }),
    right: 200,
  },
  // What is not there is deleted.
  deleteGraphWorkflow: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({ id: workflow }),
    right: 204,
    foreign: 204,
  },
  putGraph: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({
      id: workflow,
      query: '?replace=steps',
      body: { blocks: [{ id: 'start', type: 'starter' }] },
    }),
    right: 200,
  },
  deployGraph: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  undeployGraph: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  armGraph: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  executeGraph: {
    scopes: ['workflows:execute'],
    ask: ({ workflow, canary }) => ({ id: workflow, body: { variables: { canary } } }),
    right: 200,
  },
  streamGraph: {
    scopes: ['workflows:execute'],
    ask: ({ workflow, canary }) => ({ id: workflow, body: { variables: { canary } } }),
    right: 200,
  },
  listGraphExecutions: { scopes: ['runs:read'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  getGraphExecutionLogs: {
    scopes: ['runs:read'],
    ask: ({ workflow, run }) => ({ id: workflow, rest: { executionId: run } }),
    right: 200,
  },
  createConnection: {
    scopes: ['connections:write'],
    ask: () => ({ body: connectionBody('another') }),
    right: 201,
    foreign: 201,
  },
  listConnections: {
    scopes: ['connections:read'],
    ask: () => ({ query: '?provider=http' }),
    right: 200,
    foreign: 200,
  },
  getConnection: { scopes: ['connections:read'], ask: ({ connection }) => ({ id: connection }), right: 200 },
  testConnection: { scopes: ['connections:write'], ask: ({ connection }) => ({ id: connection }), right: 200 },
  patchConnection: {
    scopes: ['connections:write'],
    ask: ({ connection }) => ({ id: connection, body: { name: 'renamed' } }),
    right: 200,
  },
  updateConnection: {
    scopes: ['connections:write'],
    ask: ({ connection }) => ({ id: connection, body: { status: 'disconnected' } }),
    right: 200,
  },
  deleteConnection: { scopes: ['connections:write'], ask: ({ connection }) => ({ id: connection }), right: 204 },
  getAuthorizationUrl: {
    scopes: ['connections:write'],
    ask: () => ({ id: 'http', query: `?app=${APP}` }),
    right: 200,
    foreign: 400,
  },
  listOAuthApps: { scopes: ['connections:read'], ask: () => ({}), right: 200, foreign: 200 },
  getOAuthApp: { scopes: ['connections:read'], ask: () => ({ id: APP }), right: 200 },
  putOAuthApp: {
    scopes: ['connections:write'],
    ask: () => ({ id: 'another', body: oauthApp('x') }),
    right: 200,
    foreign: 200,
  },
  deleteOAuthApp: { scopes: ['connections:write'], ask: () => ({ id: APP }), right: 204 },
  createWorkflow: { scopes: ['workflows:write'], ask: () => ({ body: workflowBody() }), right: 201, foreign: 201 },
  listWorkflows: {
    scopes: ['workflows:read'],
    ask: ({ canary }) => ({ query: `?search=${canary}` }),
    right: 200,
    foreign: 200,
  },
  getWorkflow: { scopes: ['workflows:read'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  updateWorkflow: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({ id: workflow, body: { name: 'renamed' } }),
    right: 200,
  },
  patchWorkflow: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({ id: workflow, body: { steps: [echoStep('other')] } }),
    right: 200,
  },
  deleteWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  activateWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  pauseWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  resumeWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  archiveWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  runWorkflow: {
    scopes: ['workflows:execute'],
    ask: ({ workflow, canary }) => ({ id: workflow, body: { input: { canary }, idempotencyKey: canary } }),
    right: 202,
  },
  armWorkflow: { scopes: ['workflows:write'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  createWebhook: {
    scopes: ['webhooks:write'],
    ask: ({ workflow }) => ({ body: { workflowId: workflow } }),
    right: 201,
    foreign: 400,
  },
  listWebhooks: {
    scopes: ['webhooks:read'],
    ask: ({ workflow }) => ({ query: `?workflowId=${workflow}` }),
    right: 200,
    foreign: 200,
  },
  getWebhook: { scopes: ['webhooks:read'], ask: ({ webhook }) => ({ id: webhook }), right: 200 },
  updateWebhook: {
    scopes: ['webhooks:write'],
    ask: ({ webhook }) => ({ id: webhook, body: { name: 'renamed' } }),
    right: 200,
  },
  deleteWebhook: { scopes: ['webhooks:write'], ask: ({ webhook }) => ({ id: webhook }), right: 204 },
  rotateWebhookSecret: { scopes: ['webhooks:write'], ask: ({ webhook }) => ({ id: webhook }), right: 200 },
  listWebhookDeliveries: { scopes: ['webhooks:read'], ask: ({ webhook }) => ({ id: webhook }), right: 200 },
  getWebhookDelivery: {
    scopes: ['webhooks:read'],
    ask: ({ webhook, delivery }) => ({ id: webhook, rest: { deliveryId: delivery } }),
    right: 200,
  },
  replayWebhookDelivery: {
    scopes: ['webhooks:write'],
    beside: 'runs:write',
    ask: ({ webhook, delivery }) => ({ id: webhook, rest: { deliveryId: delivery } }),
    right: 202,
  },
  listSchedules: { scopes: ['workflows:read'], ask: () => ({}), right: 200, foreign: 200 },
  getSchedule: { scopes: ['workflows:read'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  getOrganization: {
    scopes: ['org:admin', 'workflows:read', 'runs:read'],
    ask: () => ({}),
    right: 200,
    foreign: 200,
  },
  updateOrganization: {
    scopes: ['org:admin'],
    ask: () => ({ body: { settings: { retentionDays: 7 } } }),
    right: 200,
    foreign: 200,
  },
  runWorkflowBatch: {
    scopes: ['workflows:execute'],
    ask: ({ workflow, canary }) => ({ id: workflow, body: { items: [{ input: { canary } }] } }),
    right: 202,
  },
  listWorkflowVersions: { scopes: ['workflows:read'], ask: ({ workflow }) => ({ id: workflow }), right: 200 },
  getWorkflowVersion: {
    scopes: ['workflows:read'],
    ask: ({ workflow }) => ({ id: workflow, rest: { version: '1' } }),
    right: 200,
  },
  diffWorkflowVersions: {
    scopes: ['workflows:read'],
    ask: ({ workflow }) => ({ id: workflow, rest: { from: '1', to: '1' } }),
    right: 200,
  },
  rollbackWorkflow: {
    scopes: ['workflows:write'],
    ask: ({ workflow }) => ({ id: workflow, body: { version: 1 } }),
    right: 400,
  },
  changeRuns: {
    scopes: ['runs:write', 'workflows:execute'],
    ask: ({ run }) => ({ body: { action: 'replay', filter: { ids: [run] } } }),
    right: 200,
    foreign: 200,
  },
  replayRun: { scopes: ['runs:write', 'workflows:execute'], ask: ({ run }) => ({ id: run }), right: 202 },
  listRuns: {
    scopes: ['runs:read'],
    ask: ({ workflow }) => ({ query: `?workflowId=${workflow}` }),
    right: 200,
    foreign: 200,
  },
  getRun: { scopes: ['runs:read'], ask: ({ run }) => ({ id: run }), right: 200 },
  streamRunEvents: { scopes: ['runs:read'], ask: ({ run }) => ({ id: run }), right: 200 },
  cancelRun: { scopes: ['runs:write', 'workflows:execute'], ask: ({ run }) => ({ id: run }), right: 200 },
  // What a run waits for is in approvals.e2e.ts; this one waits for nothing, in whatever step.
  decideStep: {
    scopes: ['runs:write'],
    ask: ({ run }) => ({ id: run, rest: { stepId: 'ask' }, body: { decision: 'approve' } }),
    right: 404,
  },
  retryRun: { scopes: ['runs:write', 'workflows:execute'], ask: ({ run }) => ({ id: run }), right: 400 },
  listRunArtifacts: { scopes: ['runs:read'], ask: ({ run }) => ({ id: run }), right: 200 },
  downloadRunArtifact: {
    scopes: ['runs:read'],
    ask: ({ run }) => ({ id: run, rest: { name: 'note.txt' } }),
    right: 200,
  },
  listConnectors: { scopes: ['workflows:read'], ask: () => ({}), right: 200, foreign: 200 },
  getConnector: { scopes: ['workflows:read'], ask: () => ({ id: 'stripe' }), right: 200, foreign: 200 },
  createEmailTemplate: {
    scopes: ['workflows:write'],
    ask: () => ({ body: { name: 'another', subject: 's', text: 't' } }),
    right: 201,
    foreign: 201,
  },
  listEmailTemplates: { scopes: ['workflows:read'], ask: () => ({}), right: 200, foreign: 200 },
  getEmailTemplate: { scopes: ['workflows:read'], ask: ({ template }) => ({ id: template }), right: 200 },
  updateEmailTemplate: {
    scopes: ['workflows:write'],
    ask: ({ template }) => ({ id: template, body: { subject: 'other' } }),
    right: 200,
  },
  patchEmailTemplate: {
    scopes: ['workflows:write'],
    ask: ({ template }) => ({ id: template, body: { text: 'other' } }),
    right: 200,
  },
  deleteEmailTemplate: { scopes: ['workflows:write'], ask: ({ template }) => ({ id: template }), right: 204 },
};
