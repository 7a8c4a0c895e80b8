import { AgentEntity } from './modules/agents/index.js';
import { ArtifactEntity } from './modules/artifacts/index.js';
import { ApiKeyEntity } from './modules/auth/index.js';
import { EmailTemplateEntity } from './modules/email-templates/index.js';
import { ConnectionEntity, OAuthAppEntity, OAuthAuthorizationEntity } from './modules/connections/index.js';
import { MembershipEntity, OrganizationEntity, UserEntity } from './modules/organizations/index.js';
import { IdempotencyKeyEntity, RunEntity, RunEventsEntity, RunSignalEntity } from './modules/runs/index.js';
import { OrganizationKeyEntity } from './platform/encryption/index.js';
import { ScheduleEntity } from './modules/schedules/index.js';
import { WebhookArmEntity, WebhookDeliveryEntity, WebhookEntity } from './modules/webhooks/index.js';
import { WorkflowEntity, WorkflowVersionEntity } from './modules/workflows/index.js';

/** Every table that TypeORM knows, for the connection and for the check that migrations and entities agree. */
export const ENTITIES = [
  AgentEntity,
  ApiKeyEntity,
  ConnectionEntity,
  OAuthAppEntity,
  OAuthAuthorizationEntity,
  ArtifactEntity,
  EmailTemplateEntity,
  IdempotencyKeyEntity,
  MembershipEntity,
  OrganizationEntity,
  OrganizationKeyEntity,
  RunEntity,
  RunEventsEntity,
  RunSignalEntity,
  ScheduleEntity,
  UserEntity,
  WebhookArmEntity,
  WebhookDeliveryEntity,
  WebhookEntity,
  WorkflowEntity,
  WorkflowVersionEntity,
];
