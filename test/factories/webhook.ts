import type { DeliveryDto, DeliveryWithBodyDto } from '../../src/modules/webhooks/deliveries/delivery.dto.js';
import type { WebhookDto, WebhookWithSecretDto } from '../../src/modules/webhooks/dto/webhook.dto.js';
import type { ApiClient, Page } from '../support/api.js';

export type { DeliveryDto, DeliveryWithBodyDto, WebhookDto };

/** A webhook as its sender knows it. */
export interface Sendable {
  id: string;
  /** Its path on the server under test. */
  path: string;
  secret: string;
}

/** Creates a webhook of a workflow. */
export async function aWebhook(api: ApiClient, workflowId: string, body: object = {}): Promise<Sendable> {
  const answer = await api.post<WebhookWithSecretDto>('/api/v1/webhooks', { workflowId, ...body });
  if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
  const { id, url, secret } = answer.body;
  return { id, path: new URL(url).pathname, secret: secret ?? '' };
}

/** Calls a webhook with its secret. */
export const callHook = <T>(api: ApiClient, { path, secret }: Sendable, body?: unknown, headers = {}) =>
  api.with(null).post<T>(path, body, { authorization: `Bearer ${secret}`, ...headers });

/** Newest first. */
export async function deliveriesOf(api: ApiClient, id: string, query = ''): Promise<DeliveryDto[]> {
  const answer = await api.get<Page<DeliveryDto>>(`/api/v1/webhooks/${id}/deliveries${query}`);
  if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${answer.text}`);
  return answer.body.data;
}
