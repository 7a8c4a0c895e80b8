import type { ApiClient } from '../support/api.js';

/** A connection as the API shows it; more than tests need is left out. */
export interface ConnectionBody {
  id: string;
  name: string;
  provider: string;
  status: string;
}

/** Makes a connection with credentials. */
export async function aConnection(
  api: ApiClient,
  provider: string,
  credentials: object,
  settings: object = {},
  name = `${provider} of the test`,
): Promise<ConnectionBody> {
  const body = { name, provider, credentials, settings };
  const answer = await api.in('bearer').post<ConnectionBody>('/api/v1/connections', body);
  if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
  return answer.body;
}
