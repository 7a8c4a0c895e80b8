import { Inject, Injectable } from '@nestjs/common';
import { ArtifactStore } from '#libs/artifacts';
import type { ConnectionKind, Connector, OpenConnection, Operation, TestResult } from '#libs/connector-kit';
import { type SafeHttp, SafeHttpError } from '#libs/safe-http';
import { OutboundHttp } from '../../platform/outbound/index.js';
import { authHeaders } from './http-auth.js';
import { requestOperation } from './request.operation.js';
import { targetUrl } from './target-url.js';

const text = (description: string) => ({ type: 'string', minLength: 1, description });

@Injectable()
export class HttpConnector implements Connector {
  readonly name = 'http';
  readonly title = 'HTTP API';
  readonly description = 'Any HTTP API, with a bearer token, basic authentication, a key in a header, or OAuth 2.';
  readonly operations: readonly Operation[];
  readonly connection: ConnectionKind = {
    optional: false,
    oauth2: true,
    credentials: {
      type: 'object',
      additionalProperties: false,
      properties: {
        token: text('Sent as `Authorization: Bearer`.'),
        username: text('With `password`: sent as basic authentication.'),
        password: { type: 'string', description: 'With `username`: sent as basic authentication.' },
        apiKey: text('Sent in the header `headerName` of the settings.'),
      },
      maxProperties: 2,
      dependentRequired: { username: ['password'], password: ['username'] },
      not: {
        anyOf: [
          { required: ['token', 'apiKey'] },
          { required: ['token', 'username'] },
          { required: ['apiKey', 'username'] },
        ],
      },
    },
    settings: {
      type: 'object',
      required: ['baseUrl'],
      additionalProperties: false,
      properties: {
        baseUrl: {
          type: 'string',
          pattern: '^https?://[^/?#@\\s]+[^#\\s]*$',
          description: 'Where the API is. Credentials are sent to this origin only.',
          examples: ['https://api.example.com/v2'],
        },
        headerName: {
          type: 'string',
          pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$",
          default: 'X-API-Key',
          description: 'Header that carries `apiKey`.',
        },
        testPath: text(
          'Path below `baseUrl` that answers 2xx to good credentials; it is asked (GET) when the connection is tested.',
        ),
      },
    },
    test: (connection, signal) => this.test(connection, signal),
  };

  constructor(
    @Inject(OutboundHttp) private readonly http: SafeHttp,
    artifacts: ArtifactStore,
  ) {
    this.operations = [requestOperation(http, artifacts)];
  }

  /** Without a `testPath` nobody knows what is harmless to ask; the address is checked at least. */
  private async test(connection: OpenConnection, signal: AbortSignal): Promise<TestResult> {
    const { testPath } = connection.settings;
    try {
      const url = targetUrl(connection, typeof testPath === 'string' ? testPath : '', undefined);
      if (typeof testPath !== 'string') {
        this.http.checkUrl(url);
        return { ok: true };
      }
      const headers = authHeaders(connection);
      const { status } = await this.http.request({
        method: 'GET',
        url,
        headers,
        credentialHeaders: Object.keys(headers),
        signal,
        overflow: 'truncate',
      });
      return status >= 200 && status <= 299 ? { ok: true } : { ok: false, message: `the server answered ${status}` };
    } catch (error) {
      if (!(error instanceof SafeHttpError)) throw error;
      return { ok: false, message: error.message };
    }
  }
}
