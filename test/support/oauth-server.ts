import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Provider } from 'oidc-provider';

/** The client that the server knows. */
export const OAUTH_CLIENT = { id: 'runhook', secret: 'canary-client-secret-0123456789abcdef' };

/** A real OAuth 2 and OpenID Connect server on loopback: PKCE is a must, refresh tokens rotate and can be used once. */
export interface OAuthServer {
  issuer: string;
  /** What the token endpoint was asked for with success, in order. */
  grants: string[];
  /** Every token and code that it gave. */
  secrets: Set<string>;
  /** Ends every authorization that was given. */
  revokeAll(): Promise<void>;
  /** Answers the token endpoint with this from now on; null: itself again. */
  breakTokens(status: number | null): void;
  /** Logs in and consents at an authorization URL like a person in a browser. Answers where it is sent back to. */
  authorize(authUrl: string, decision?: 'consent' | 'deny'): Promise<URL>;
  close(): Promise<void>;
}

/** @param accessTokenS how long access tokens live, in seconds */
export async function startOAuthServer(redirectUri: string, accessTokenS = 3600): Promise<OAuthServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(redirectUri, accessTokenS));
  const grants: string[] = [];
  const secrets = new Set<string>();
  const grantIds = new Set<string>();
  let broken: number | null = null;
  provider.on('grant.success', (ctx) => {
    grants.push(String(ctx.oidc.params?.['grant_type']));
    if (ctx.oidc.entities.Grant?.jti) grantIds.add(ctx.oidc.entities.Grant.jti);
    const { access_token, refresh_token } = ctx.body as Record<string, string>;
    for (const token of [access_token, refresh_token]) if (token) secrets.add(token);
  });
  const handle = provider.callback();
  server.on('request', (request, response) => {
    if (broken !== null && request.url === '/token') response.writeHead(broken).end();
    else void handle(request, response);
  });
  return {
    issuer,
    grants,
    secrets,
    revokeAll: async () => {
      for (const id of grantIds) await (await provider.Grant.find(id))?.destroy();
    },
    breakTokens: (status) => void (broken = status),
    authorize: (authUrl, decision = 'consent') => browse(issuer, authUrl, decision),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const configuration = (redirectUri: string, accessTokenS: number): Configuration => ({
  clients: [
    {
      client_id: OAUTH_CLIENT.id,
      client_secret: OAUTH_CLIENT.secret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  cookies: { keys: ['test'] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  ttl: {
    AccessToken: accessTokenS,
    AuthorizationCode: 60,
    Grant: 3600,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 3600,
    Session: 3600,
  },
});

/** Follows redirects with cookies, fills in the forms on the way, and stops where the server sends it elsewhere. */
async function browse(issuer: string, authUrl: string, decision: 'consent' | 'deny'): Promise<URL> {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      body: form ? new URLSearchParams(form) : null,
      redirect: 'manual',
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  let url = new URL(authUrl);
  for (let step = 0; step < 20; step++) {
    if (url.origin !== issuer) return url;
    let response = await visit(url);
    if (response.status === 200) {
      const page = await response.text();
      if (decision === 'deny') response = await visit(new URL(`${url.pathname}/abort`, issuer));
      else if (page.includes('name="login"'))
        response = await visit(url, { prompt: 'login', login: 'ann', password: 'secret' });
      else response = await visit(url, { prompt: 'consent' });
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`no redirect at ${url.href}: ${response.status} ${await response.text()}`);
    url = new URL(location, issuer);
  }
  throw new Error('the authorization goes round in circles');
}
