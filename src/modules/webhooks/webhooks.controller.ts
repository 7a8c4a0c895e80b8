import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Page } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { BaseUrl } from './base-url.js';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  RotateWebhookSecretDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookWithSecretDto,
} from './dto/webhook.dto.js';
import { SaveWebhook } from './save-webhook.js';
import { WebhookIdPipe } from './webhook-id.js';
import { WebhookReader } from './webhook-reader.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly reader: WebhookReader,
    private readonly saver: SaveWebhook,
  ) {}

  /** Create a webhook. Its secret is shown in this answer only. */
  @Post()
  @RequireScopes('webhooks:write')
  async createWebhook(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateWebhookDto,
    @BaseUrl() baseUrl: string,
  ): Promise<WebhookWithSecretDto> {
    const { id, secret } = await this.saver.create(caller, body);
    return { ...(await this.reader.get(caller, id, baseUrl)), secret };
  }

  /** List webhooks, those of triggers and graphs included, newest first. */
  @Get()
  @RequireScopes('webhooks:read')
  @PageOf(WebhookDto)
  listWebhooks(
    @CurrentCaller() caller: Caller,
    @Query() query: ListWebhooksQuery,
    @BaseUrl() baseUrl: string,
  ): Promise<Page<WebhookDto>> {
    return this.reader.list(caller, query, baseUrl);
  }

  /** Get a webhook. */
  @Get(':id')
  @RequireScopes('webhooks:read')
  getWebhook(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @BaseUrl() baseUrl: string,
  ): Promise<WebhookDto> {
    return this.reader.get(caller, id, baseUrl);
  }

  /** Change a webhook. One of a trigger or a graph can be named, and switched on and off; the rest is changed with the workflow. */
  @Patch(':id')
  @RequireScopes('webhooks:write')
  async updateWebhook(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @Body() body: UpdateWebhookDto,
    @BaseUrl() baseUrl: string,
  ): Promise<WebhookDto> {
    await this.saver.update(caller, id, body);
    return this.reader.get(caller, id, baseUrl);
  }

  /** Delete a webhook with its deliveries. One of a trigger or a graph goes with the workflow's definition. */
  @Delete(':id')
  @HttpCode(204)
  @Errors(400)
  @RequireScopes('webhooks:write')
  deleteWebhook(@CurrentCaller() caller: Caller, @Param('id', WebhookIdPipe) id: string): Promise<void> {
    return this.saver.delete(caller, id);
  }

  /** Give a webhook a new secret. It is shown in this answer only; the old one may stay good for a while. */
  @Post(':id/rotate')
  @HttpCode(200)
  @RequireScopes('webhooks:write')
  async rotateWebhookSecret(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @Body() body: RotateWebhookSecretDto,
    @BaseUrl() baseUrl: string,
  ): Promise<WebhookWithSecretDto> {
    const { secret } = await this.saver.rotate(caller, id, body);
    return { ...(await this.reader.get(caller, id, baseUrl)), secret };
  }
}
