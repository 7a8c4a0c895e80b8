import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../../platform/config/index.js';
import { AuthModule } from '../auth/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { WorkflowsModule } from '../workflows/index.js';
import { ArmController } from './arm/arm.controller.js';
import { ArmWebhooks } from './arm/arm-webhooks.js';
import { Deliveries } from './deliveries/deliveries.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveryLog } from './deliveries/delivery-log.js';
import { DeliveryRepository } from './deliveries/delivery.repository.js';
import { DeliveryRetention } from './deliveries/delivery-retention.js';
import { ReplayDelivery } from './deliveries/replay-delivery.js';
import { KeepWebhooks } from './keep-webhooks.js';
import { KnownWebhooks } from './known-webhooks.js';
import { AnswerWebhook } from './receive/answer-webhook.js';
import { BadSecrets } from './receive/bad-secrets.js';
import { ReceiveWebhook } from './receive/receive-webhook.js';
import { StartFromWebhook } from './receive/start-from-webhook.js';
import { WebhookGate } from './receive/webhook-gate.js';
import { WebhookTriggerController } from './receive/webhook-trigger.controller.js';
import { SaveWebhook } from './save-webhook.js';
import { WebhookReader } from './webhook-reader.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhooksController } from './webhooks.controller.js';

/** The rows, kept as the workflows say. */
@Module({
  imports: [WorkflowsModule],
  providers: [WebhookRepository, WebhookSecrets, ArmWebhooks, KeepWebhooks, DeliveryRepository],
  exports: [WebhookRepository, WebhookSecrets, ArmWebhooks, DeliveryRepository],
})
class WebhookRowsModule {}

const API = [
  KnownWebhooks,
  BadSecrets,
  DeliveryLog,
  WebhookGate,
  StartFromWebhook,
  AnswerWebhook,
  ReceiveWebhook,
  WebhookReader,
  SaveWebhook,
  Deliveries,
  ReplayDelivery,
];

@Module({})
export class WebhooksModule {
  /**
   * The halves that the process's ROLE asks for.
   * @param runs the runs' room of this process
   */
  static register(role: Settings['ROLE'], runs: DynamicModule): DynamicModule {
    return {
      module: WebhooksModule,
      imports: [
        WebhookRowsModule,
        WorkflowsModule,
        OrganizationsModule,
        runs,
        ...(role === 'worker' ? [] : [AuthModule, RateLimitModule]),
      ],
      controllers:
        role === 'worker' ? [] : [WebhookTriggerController, WebhooksController, DeliveriesController, ArmController],
      providers: [...(role === 'worker' ? [] : API), ...(role === 'api' ? [] : [DeliveryRetention])],
      exports: [WebhookRowsModule],
    };
  }
}
