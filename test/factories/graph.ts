import { expect } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import type { GraphWorkflowCreatedDto } from '../../src/dialects/graphs/dto/workflow.dto.js';
import type { ApiClient } from '../support/api.js';

export const start = { id: 'start', type: 'starter', config: {} };
export const out = { id: 'out', type: 'response', config: {} };
export const shape = (id: string, mapping: JsonObject) => ({ id, type: 'transform', config: { mapping } });

/** Creates a graph; its id. @param body of the workflow */
export async function aGraph(
  api: ApiClient,
  blocks: object[],
  edges: [source: string, target: string, more?: object][],
  body: object = {},
): Promise<string> {
  const created = await api.post<GraphWorkflowCreatedDto>('/api/workflows', { name: 'Graph', ...body });
  expect(created.status).toBe(201);
  const put = await api.send('PUT', `/api/workflows/${created.body.id}/graph`, {
    body: { blocks, edges: edges.map(([source, target, more]) => ({ source, target, ...more })) },
  });
  expect(put.text).toBe(JSON.stringify({ ok: true, blocks: blocks.length, edges: edges.length }));
  return created.body.id;
}
