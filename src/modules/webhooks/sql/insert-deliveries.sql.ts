import type { Statement } from '../../../platform/database/index.js';

/**
 * $1 deliveries of several calls as a JSON array, each body in Base64. Those of a webhook that is gone by now are left out, so that they cannot fail
 * the others.
 */
export const INSERT_DELIVERIES: Statement = {
  name: 'webhooks.insert-deliveries',
  text: `
insert into webhook_deliveries (
  organization_id, id, webhook_id, received_at, outcome, reason, status, run_id, event_id, path, headers, body, body_size, address, replay_of
)
select d.organization_id, d.id, d.webhook_id, d.received_at, d.outcome, d.reason, d.status, d.run_id, d.event_id, d.path, d.headers,
  decode(d.body, 'base64'), d.body_size, d.address, d.replay_of
from (select * from json_to_recordset($1::json) as i (
  organization_id uuid, id uuid, webhook_id uuid, received_at timestamptz, outcome text, reason text, status int, run_id uuid, event_id text,
  path text, headers json, body text, body_size int, address text, replay_of uuid
) limit (select 1000)) d
join webhooks h on h.id = d.webhook_id`,
};
