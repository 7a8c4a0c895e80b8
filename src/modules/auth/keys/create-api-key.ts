import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/index.js';
import { invalidKey, planRequired } from '../auth.errors.js';
import type { Caller } from '../caller.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeys, type IssuedKey } from './api-keys.js';
import type { CreateApiKeyDto } from './dto/create-api-key.dto.js';
import { grantLimits, grantScopes, grantWorkflows } from './grants.js';

/** A caller makes another key for the same user; it can do no more than the caller's own, unless that has org:admin. */
@Injectable()
export class CreateApiKey {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeys,
    private readonly repository: ApiKeyRepository,
  ) {}

  /** @throws DomainError PLAN_REQUIRED, FORBIDDEN, VALIDATION_ERROR, KEY_LIMIT_REACHED */
  async execute(caller: Caller, dto: CreateApiKeyDto): Promise<IssuedKey> {
    const { organizationId, userId } = caller;
    if (caller.plan === 'free') throw planRequired('Creating API keys needs the plan pro.');
    const scopes = grantScopes(caller, dto.scopes ?? undefined);
    const rateLimits = grantLimits(caller, dto.rateLimits ?? undefined);
    const expiresAt = parseExpiry(dto.expiresAt ?? undefined);
    return this.database.transaction(async (tx) => {
      const workflowIds = await grantWorkflows(caller, dto.workflowIds ?? undefined, (ids) =>
        this.repository.existingWorkflows(tx, organizationId, ids),
      );
      return this.keys.issue(tx, {
        organizationId,
        userId,
        name: dto.name,
        scopes,
        workflowIds,
        rateLimits,
        expiresAt,
      });
    });
  }
}

/** ISO 8601 knows forms, such as weeks, that Date does not read. */
function parseExpiry(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text);
  if (!date || !Number.isNaN(date.getTime())) return date;
  throw invalidKey([{ path: ['expiresAt'], message: 'must be like 2030-12-31T23:59:59Z' }]);
}
