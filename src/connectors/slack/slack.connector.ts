import { Inject, Injectable } from '@nestjs/common';
import type { ConnectionKind, Connector, OpenConnection, Operation, TestResult } from '#libs/connector-kit';
import { exchange } from '#libs/http-exchange';
import type { SafeHttp } from '#libs/safe-http';
import { OutboundHttp } from '../../platform/outbound/index.js';
import { readAnswer } from './slack-answer.js';
import { postMessage, sendWebhook, webApi } from './slack.operations.js';

@Injectable()
export class SlackConnector implements Connector {
  readonly name = 'slack';
  readonly title = 'Slack';
  readonly description = 'Messages in Slack, by a bot or an incoming webhook.';
  readonly operations: readonly Operation[];
  readonly connection: ConnectionKind = {
    optional: false,
    oauth2: true,
    credentials: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        botToken: { type: 'string', minLength: 8, description: 'Bot token, `xoxb-…`, with the scope `chat:write`.' },
        webhookUrl: {
          type: 'string',
          pattern: '^https?://[^/?#@\\s]+/[^#\\s]*$',
          description: 'Address of an incoming webhook.',
        },
      },
    },
    settings: {
      type: 'object',
      additionalProperties: false,
      properties: {
        apiBase: {
          type: 'string',
          pattern: '^https?://[^/?#@\\s]+[^?#\\s]*$',
          description: "Where the Web API is, if not at Slack's own address.",
          examples: ['https://slack.com/api'],
        },
      },
    },
    test: (connection, signal) => this.test(connection, signal),
  };

  constructor(@Inject(OutboundHttp) private readonly http: SafeHttp) {
    this.operations = [postMessage(http), sendWebhook(http)];
  }

  /** A webhook can be asked nothing without posting. */
  private async test(connection: OpenConnection, signal: AbortSignal): Promise<TestResult> {
    if (connection.credentials['webhookUrl'] !== undefined) return { ok: true };
    const outcome = await exchange(
      this.http,
      () => ({ ...webApi(connection, 'auth.test', {}), signal }),
      (response) => readAnswer(response, ({ team_id: team = null }) => ({ team }), new Date()),
    );
    if (outcome.kind === 'done') {
      const { team } = outcome.output as { team: string | null };
      return { ok: true, ...(team !== null && { externalAccountId: team }) };
    }
    if (outcome.kind === 'refused') return { ok: false, message: outcome.message };
    return { ok: false, message: outcome.kind === 'failed' ? outcome.error.message : 'no answer' };
  }
}
