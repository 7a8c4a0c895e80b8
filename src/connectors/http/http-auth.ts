import type { OpenConnection } from '#libs/connector-kit';

/** Headers that identify the sender, by name in lower case. */
export type AuthHeaders = Readonly<Record<string, string>>;

const DEFAULT_KEY_HEADER = 'x-api-key';

/** How a connection's credentials travel: a bearer or OAuth token, basic authentication, a key in a header; none is none. */
export function authHeaders({ credentials, settings }: OpenConnection): AuthHeaders {
  const { token, accessToken, username, password, apiKey } = credentials;
  const bearer = accessToken ?? token;
  if (typeof bearer === 'string') return { authorization: `Bearer ${bearer}` };
  if (typeof username === 'string') {
    const pair = `${username}:${typeof password === 'string' ? password : ''}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
  if (typeof apiKey !== 'string') return {};
  const { headerName } = settings;
  return { [(typeof headerName === 'string' ? headerName : DEFAULT_KEY_HEADER).toLowerCase()]: apiKey };
}
