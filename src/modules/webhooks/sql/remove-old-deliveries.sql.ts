import type { Statement } from '../../../platform/database/index.js';

/** Removes up to $3 deliveries of organization $1 with ids below $2, oldest first. Reads webhook_deliveries_pkey in order. */
export const REMOVE_OLD_DELIVERIES: Statement = {
  name: 'webhooks.remove-old-deliveries',
  text: `
with old as (
  select id from webhook_deliveries where organization_id = $1 and id < $2 order by id limit $3::int for update skip locked
)
delete from webhook_deliveries d using old where d.organization_id = $1 and d.id = old.id`,
};
