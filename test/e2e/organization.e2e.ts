import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrganizationDto } from '../../src/modules/admin/dto/organization.dto.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const PATH = '/api/v1/organization';

let bed: TestBed;
beforeAll(async () => {
  bed = await openTestBed('organization', { env: { RETENTION_DAYS: '45', ORGANIZATION_BACKLOG: '500' } });
});
afterAll(() => bed.close());

describe('an organization', () => {
  it('follows the settings of the server until it has its own', async () => {
    const { api } = await bed.guest();
    const { body } = await api.get<OrganizationDto>(PATH);
    expect(body).toEqual({
      name: 'Acme',
      plan: 'pro',
      settings: { retentionDays: 45, concurrency: 100, backlog: 500 },
    });
  });

  it('is changed member by member, and null goes back to the server', async () => {
    const { api } = await bed.guest({ settings: { rateLimits: { read: 5_000 } } });
    const patch = (body: object) => api.send<OrganizationDto>('PATCH', PATH, { body });
    await Promise.all([patch({ settings: { retentionDays: 7 } }), patch({ settings: { backlog: 10 } })]);
    expect((await patch({ name: 'Acme Inc.' })).body).toMatchObject({
      name: 'Acme Inc.',
      settings: { retentionDays: 7, concurrency: 100, backlog: 10 },
    });
    expect((await patch({ settings: { retentionDays: null } })).body.settings).toMatchObject({
      retentionDays: 45,
      backlog: 10,
    });
    expect((await api.get(PATH)).headers.get('x-ratelimit-limit')).toBe('5000');
  });

  it.each([
    [{ settings: { retentionDays: 0 } }, '/settings/retentionDays'],
    [{ settings: { retentionDays: 4_000 } }, '/settings/retentionDays'],
    [{ settings: { backlog: 501 } }, '/settings/backlog'],
    [{ settings: { concurrency: '5' } }, '/settings/concurrency'],
    [{ settings: { rateLimits: {} } }, '/settings/rateLimits'],
    [{ plan: 'pro' }, '/plan'],
    [{ name: '' }, '/name'],
  ])('refuses %j', async (body, pointer) => {
    const { api } = await bed.guest();
    const answer = await api.send<{ errors: { pointer: string }[] }>('PATCH', PATH, { body });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('is changed by administrators only', async () => {
    const { api } = await bed.guest({ scopes: ['workflows:read', 'runs:read', 'keys:write'] });
    expect((await api.get(PATH)).status).toBe(200);
    expect((await api.send('PATCH', PATH, { body: { name: 'Mine' } })).status).toBe(403);
  });
});
