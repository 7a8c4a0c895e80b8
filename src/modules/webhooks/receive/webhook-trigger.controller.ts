import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { validate as isUuid } from 'uuid';
import { newId } from '#libs/ids';
import type { Json } from '#libs/json-guard';
import { Settings } from '../../../platform/config/index.js';
import { validationError } from '../../../platform/errors/index.js';
import { type EdgeRequest, Public, sendJson } from '../../../platform/http/index.js';
import { addLogFields } from '../../../platform/logging/index.js';
import { Answers, Errors } from '../../../platform/openapi/index.js';
import { clientAddress } from '../../auth/index.js';
import { RateBudget, RateLimit } from '../../rate-limit/index.js';
import { WebhookAcceptedDto, WebhookResultDto } from '../dto/webhook-answer.dto.js';
import type { HttpAnswer } from './answer-webhook.js';
import { ReceiveWebhook } from './receive-webhook.js';
import type { WebhookCall } from './webhook-call.js';
import { WebhookGate } from './webhook-gate.js';

/** Longest `wait`, in seconds. */
const LONGEST_WAIT = 60;
const NO_BODY = new Set([204, 205, 304]);

@ApiTags('Webhooks')
@Public()
@RateLimit('webhooks')
@Controller('api/webhooks')
export class WebhookTriggerController {
  constructor(
    private readonly gate: WebhookGate,
    private readonly budget: RateBudget,
    private readonly receiver: ReceiveWebhook,
    private readonly settings: Settings,
  ) {}

  /**
   * Trigger a webhook.
   * The sender proves itself as the webhook's verification says: with the secret in `Authorization: Bearer` or `?token=`, or with a signature of the
   * body. A JSON object becomes the input of the run as it is. The checks come in the order: id (400), webhook (404), secret (401), state (403).
   */
  @Post(':webhookId')
  @HttpCode(202)
  @ApiQuery({ name: 'token', required: false, type: String, description: 'The secret, where no header can be set.' })
  @ApiQuery({
    name: 'wait',
    required: false,
    type: Number,
    description: 'Waits up to this many seconds, at most 60, for the result. For webhooks whose `answer` is `accept`.',
  })
  @Answers({ 200: WebhookResultDto, 202: WebhookAcceptedDto })
  @Errors(400, 401, 403, 404, 413, 429)
  async triggerWebhook(
    @Param('webhookId') webhookId: string,
    @Req() request: EdgeRequest,
    @Res() response: Response,
  ): Promise<void> {
    if (webhookId.length !== 36 || !isUuid(webhookId)) throw validationError('Invalid webhook ID');
    const call = toCall(webhookId.toLowerCase(), request);
    const believed = await this.gate.believe(call);
    const { id, organizationId, settings } = believed.hook;
    addLogFields(request, { organizationId });
    const limit = settings.rateLimits?.['webhooks'] ?? this.settings.WEBHOOK_CALLS_PER_WEBHOOK;
    await this.budget.take(response, 'webhook', id, limit);
    send(response, await this.receiver.execute(believed, call));
  }
}

function toCall(webhookId: string, request: EdgeRequest): WebhookCall {
  const { token, wait } = request.query;
  const json = request.body as Json | undefined;
  return {
    webhookId,
    deliveryId: newId(),
    receivedAt: new Date(),
    headers: request.headers,
    path: request.originalUrl,
    ...(typeof token === 'string' && { token }),
    rawBody: request.rawBody ?? Buffer.alloc(0),
    ...(json !== undefined && { json }),
    address: clientAddress(request),
    requestId: request.requestId,
    waitMs: typeof wait === 'string' && /^\d{1,4}$/.test(wait) ? Math.min(Number(wait), LONGEST_WAIT) * 1000 : 0,
  };
}

function send(response: Response, { status, headers, body, raw }: HttpAnswer): void {
  // A caller that has left is answered nothing, and its run goes on.
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (NO_BODY.has(status)) response.status(status).end();
  else if (raw) response.status(status).end(body as string);
  else sendJson(response, status, body, String(response.getHeader('Content-Type') ?? 'application/json'));
}
