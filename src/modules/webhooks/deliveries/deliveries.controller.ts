import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EdgeRequest, Page } from '../../../platform/http/index.js';
import { Errors, PageOf } from '../../../platform/openapi/index.js';
import { assertScope, type Caller, CurrentCaller, RequireScopes } from '../../auth/index.js';
import { RateLimit } from '../../rate-limit/index.js';
import { DeliveryIdPipe, WebhookIdPipe } from '../webhook-id.js';
import {
  DeliveryDto,
  DeliveryWithBodyDto,
  ListDeliveriesQuery,
  toDeliveryDto,
  toDeliveryWithBodyDto,
} from './delivery.dto.js';
import { Deliveries } from './deliveries.js';
import { ReplayDelivery } from './replay-delivery.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class DeliveriesController {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly replays: ReplayDelivery,
  ) {}

  /** List the calls of a webhook, newest first, those that were refused included. */
  @Get(':id/deliveries')
  @RequireScopes('webhooks:read')
  @PageOf(DeliveryDto)
  listWebhookDeliveries(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @Query() query: ListDeliveriesQuery,
  ): Promise<Page<DeliveryDto>> {
    return this.deliveries.list(caller, id, query);
  }

  /** Get a call of a webhook, with its body where that is kept. */
  @Get(':id/deliveries/:deliveryId')
  @RequireScopes('webhooks:read')
  async getWebhookDelivery(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @Param('deliveryId', DeliveryIdPipe) deliveryId: string,
  ): Promise<DeliveryWithBodyDto> {
    return toDeliveryWithBodyDto((await this.deliveries.getVisible(caller, id, deliveryId)).delivery);
  }

  /**
   * Start a new run with what a call has brought.
   * The workflow must be active. Answers the new delivery, which names the run. The key needs `runs:write` or `workflows:execute` too.
   */
  @Post(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  @Errors(400, 409, 429)
  @RateLimit('execute')
  @RequireScopes('webhooks:write')
  async replayWebhookDelivery(
    @CurrentCaller() caller: Caller,
    @Param('id', WebhookIdPipe) id: string,
    @Param('deliveryId', DeliveryIdPipe) deliveryId: string,
    @Req() { requestId }: EdgeRequest,
  ): Promise<DeliveryDto> {
    assertScope(caller, 'runs:write', 'workflows:execute');
    return toDeliveryDto(await this.replays.execute(caller, id, deliveryId, requestId));
  }
}
