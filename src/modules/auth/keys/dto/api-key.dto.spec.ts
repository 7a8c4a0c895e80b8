import { describe, expect, it } from 'vitest';
import { formatId, newId } from '#libs/ids';
import { toApiKeyDto } from './api-key.dto.js';

const at = (text: string) => new Date(text);
const key = {
  id: newId(),
  name: 'Nightly import',
  prefix: 'capi_9fXk2Qz',
  last4: 'a81B',
  rateLimits: null,
  workflowIds: [newId()],
  expiresAt: at('2030-01-01T00:00:00Z'),
  revokedAt: null,
  lastUsedAt: null,
  createdAt: at('2026-01-31T09:30:00Z'),
  scopes: ['runs:read' as const],
  expired: false,
};

describe('an API key as printed', () => {
  it('has prefixed ids and ISO times, and nothing of the key or its hash', () => {
    expect(toApiKeyDto(key)).toEqual({
      id: formatId('key', key.id),
      name: 'Nightly import',
      prefix: 'capi_9fXk2Qz',
      last4: 'a81B',
      scopes: ['runs:read'],
      workflowIds: [formatId('wf', key.workflowIds[0] ?? '')],
      rateLimits: null,
      status: 'active',
      createdAt: '2026-01-31T09:30:00.000Z',
      expiresAt: '2030-01-01T00:00:00.000Z',
      revokedAt: null,
      lastUsedAt: null,
    });
  });

  it('is expired after its time, and revoked whether expired or not', () => {
    const revokedAt = at('2026-02-01T00:00:00Z');
    expect(toApiKeyDto({ ...key, expired: true }).status).toBe('expired');
    expect(toApiKeyDto({ ...key, expired: true, revokedAt }).status).toBe('revoked');
  });
});
