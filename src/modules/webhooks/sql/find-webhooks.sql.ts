import type { Statement } from '../../../platform/database/index.js';

/**
 * $1 the ids of several requests' webhooks. A read of tenants' rows without their organization: the id is the address, and what names both.
 *
 * Plan: webhooks_pkey with the array, then one primary key look-up in workflows and organizations for each row. `offset 0` and the array in a
 * subquery keep it so (see FIND_KEYS). The workflow's status is read here, so it is never stale.
 */
export const FIND_WEBHOOKS: Statement = {
  name: 'webhooks.find',
  text: `
select h.id, h.organization_id, h.workflow_id, h.verification, h.secret, h.answer, h.enabled, h.origin,
       case when h.previous_secret_until > now() then h.previous_secret end as previous_secret, w.status, o.settings
from webhooks h
cross join lateral (select status from workflows where organization_id = h.organization_id and id = h.workflow_id offset 0) w
cross join lateral (select settings from organizations where id = h.organization_id offset 0) o
where h.id = any ((select $1::uuid[])::uuid[])`,
};
