import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '#libs/json-guard';
import type { KnownWebhook } from '../known-webhooks.js';

/** A call of a webhook's address as it came in. */
export interface WebhookCall {
  webhookId: string;
  /** Of the row that will tell of it. */
  deliveryId: string;
  receivedAt: Date;
  headers: IncomingHttpHeaders;
  /** With its query. */
  path: string;
  /** `?token=`, where it was given once. */
  token?: string;
  /** Empty without a body. */
  rawBody: Buffer;
  /** The body where it is JSON. */
  json?: Json;
  address: string;
  requestId: string;
  /** How long the caller wants to wait for the result, in milliseconds. */
  waitMs: number;
}

/** A webhook whose caller is believed. */
export interface Believed {
  hook: KnownWebhook;
  /** In clear text, never to leave the process. */
  secrets: string[];
}
