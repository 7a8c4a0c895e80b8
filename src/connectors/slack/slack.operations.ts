import type { BlockOutcome } from '#libs/block-kit';
import type { OpenConnection, Operation, OperationCall, Refused } from '#libs/connector-kit';
import { exchange } from '#libs/http-exchange';
import type { Json, JsonObject } from '#libs/json-guard';
import { type SafeHttp, SafeHttpError, type SafeHttpRequest } from '#libs/safe-http';
import { readAnswer, readWebhookAnswer } from './slack-answer.js';

const DEFAULT_API = 'https://slack.com/api';

const TEXT = {
  type: 'string',
  minLength: 1,
  maxLength: 40_000,
  description: 'The message; beside `blocks` what notifications show.',
};
const BLOCKS = { type: 'array', maxItems: 50, items: { type: 'object' }, description: "Slack's Block Kit." };

/** A post with a JSON body. */
const post = (url: string, body: JsonObject, headers: Record<string, string> = {}): SafeHttpRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
  // Neither API redirects; one that does is not Slack's.
  maxRedirects: 0,
});

/** A method of the Web API with a connection's token. @throws SafeHttpError when it has none */
export function webApi(connection: OpenConnection, method: string, body: JsonObject): SafeHttpRequest {
  const { credentials, settings } = connection;
  const token = credentials['botToken'] ?? credentials['accessToken'];
  if (typeof token !== 'string') throw lacking(connection, 'botToken');
  const base = typeof settings['apiBase'] === 'string' ? settings['apiBase'] : DEFAULT_API;
  return post(`${base.replace(/\/$/, '')}/${method}`, body, { authorization: `Bearer ${token}` });
}

function webhook(connection: OpenConnection, body: JsonObject): SafeHttpRequest {
  const { webhookUrl } = connection.credentials;
  if (typeof webhookUrl !== 'string') throw lacking(connection, 'webhookUrl');
  return post(webhookUrl, body);
}

const lacking = ({ name }: OpenConnection, member: string): SafeHttpError =>
  new SafeHttpError('INVALID_URL', `The connection "${name}" has no ${member}, which this operation needs.`);

export const postMessage = (http: SafeHttp): Operation => ({
  name: 'postMessage',
  description:
    'Posts a message: with a bot token to any channel, with an incoming webhook to the channel of the webhook.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['text'],
    properties: {
      channel: {
        type: 'string',
        minLength: 1,
        description: 'Channel by name or id, or a user; needed with a bot token.',
        examples: ['#orders'],
      },
      text: TEXT,
      blocks: BLOCKS,
      threadTs: { type: 'string', description: '`ts` of the message to answer in its thread.' },
      replyBroadcast: { type: 'boolean', description: 'Whether an answer in a thread shows in the channel too.' },
      unfurlLinks: { type: 'boolean', description: 'Whether links are shown with a preview.' },
    },
  },
  output: {
    type: 'object',
    properties: {
      ok: { type: 'boolean', description: 'True.' },
      channel: { type: ['string', 'null'], description: 'Id of the channel; null through a webhook.' },
      ts: { type: ['string', 'null'], description: 'Which message it is in the channel; null through a webhook.' },
    },
  },
  example: { channel: '#orders', text: 'A new order' },
  run: (call) => runPostMessage(http, call),
});

interface Message {
  channel?: string;
  text: string;
  blocks?: Json[];
  threadTs?: string;
  replyBroadcast?: boolean;
  unfurlLinks?: boolean;
}

async function runPostMessage(http: SafeHttp, call: OperationCall): Promise<BlockOutcome | Refused> {
  const { connection, signal, now } = call;
  if (!connection) return needsConnection;
  const { channel, text, blocks, threadTs, replyBroadcast, unfurlLinks } = call.parameters as unknown as Message;
  const message = {
    text,
    ...(blocks && { blocks }),
    ...(threadTs !== undefined && { thread_ts: threadTs }),
    ...(replyBroadcast !== undefined && { reply_broadcast: replyBroadcast }),
    ...(unfurlLinks !== undefined && { unfurl_links: unfurlLinks }),
  };
  if (connection.credentials['webhookUrl'] !== undefined) return sendToWebhook(http, connection, message, call);
  return exchange<BlockOutcome | Refused>(
    http,
    () => ({ ...webApi(connection, 'chat.postMessage', { ...message, ...(channel && { channel }) }), signal }),
    (response) => readAnswer(response, ({ channel = null, ts = null }) => ({ ok: true, channel, ts }), now()),
  );
}

export const sendWebhook = (http: SafeHttp): Operation => ({
  name: 'sendWebhook',
  description: 'Posts a message through an incoming webhook, to the channel that it was made for.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['text'],
    properties: { text: TEXT, blocks: BLOCKS },
  },
  output: { type: 'object', properties: { ok: { type: 'boolean', description: 'True.' } } },
  example: { text: 'A new order' },
  run: async (call) =>
    call.connection ? sendToWebhook(http, call.connection, call.parameters, call) : needsConnection,
});

const needsConnection: Refused = { kind: 'refused', message: 'Slack needs a connection' };

const sendToWebhook = (
  http: SafeHttp,
  connection: OpenConnection,
  message: JsonObject,
  { signal, now }: OperationCall,
): Promise<BlockOutcome | Refused> =>
  exchange<BlockOutcome | Refused>(
    http,
    () => ({ ...webhook(connection, message), signal }),
    (response) => readWebhookAnswer(response, now()),
  );
