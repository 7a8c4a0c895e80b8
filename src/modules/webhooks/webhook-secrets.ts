import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Encryption } from '../../platform/encryption/index.js';

/** Good for every scheme: Standard Webhooks reads the Base64 behind the prefix as the key, the others take the text as it is. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** Seals and opens the secrets of webhooks, each bound to its organization and webhook. Costs no query once the organization's key is in memory. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly encryption: Encryption) {}

  /** @throws DomainError ENCRYPTION_NOT_CONFIGURED */
  seal(organizationId: string, webhookId: string, secret: string): Promise<string> {
    return this.encryption.seal(organizationId, fieldOf(webhookId), secret);
  }

  /** @throws DecryptionFailed when it was changed or belongs to another webhook */
  open(organizationId: string, webhookId: string, sealed: string): Promise<string> {
    return this.encryption.open(organizationId, fieldOf(webhookId), sealed);
  }
}

const fieldOf = (webhookId: string): string => `webhook|${webhookId.toLowerCase()}|secret`;
