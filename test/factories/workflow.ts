import type { ApiClient, WorkflowDto } from '../support/api.js';

/** A step as the API takes it. */
export interface StepBody {
  id: string;
  type: string;
  [member: string]: unknown;
}

/** A workflow's body; what is left out is a valid default. */
export interface WorkflowBody {
  name?: string;
  steps?: StepBody[];
  [member: string]: unknown;
}

/** A pure step that shows the input as its output. */
export const echoStep = (id = 'echo'): StepBody => ({
  id,
  type: 'transform',
  config: { mapping: { input: '{{input}}' } },
});

/** A full body. */
export const workflowBody = ({ name = 'Test', steps = [echoStep()], ...rest }: WorkflowBody = {}) => ({
  name,
  trigger: { type: 'api' },
  steps,
  ...rest,
});

/** Creates a workflow and leaves it a draft. */
export async function aDraft(api: ApiClient, body: WorkflowBody = {}): Promise<WorkflowDto> {
  return expectOk(await api.in('bearer').post<WorkflowDto>('/api/v1/workflows', workflowBody(body)), 201);
}

/** Creates a workflow and activates it. */
export async function aWorkflow(api: ApiClient, body: WorkflowBody = {}): Promise<WorkflowDto> {
  const { id } = await aDraft(api, body);
  return expectOk(await api.in('bearer').post<WorkflowDto>(`/api/v1/workflows/${id}/activate`), 200);
}

function expectOk<T>(answer: { status: number; text: string; body: T }, status: number): T {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer.body;
}
