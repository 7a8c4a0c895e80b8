import type { Statement } from '../../../platform/database/index.js';

/**
 * What each of several choices of a connection is made from: those with the ids named and chosen, those with the name, and where nothing is
 * named up to $6 others of the provider, active ones first. Index use: connections_pkey, connections_name_key.
 */
export const FIND_CANDIDATES: Statement = {
  name: 'find_connection_candidates',
  text: `
select choice.n::int - 1 as choice, c.id, c.name, c.provider, c.status, c.error, c.settings,
  c.external_account_id as "externalAccountId"
from unnest($2::text[], $3::uuid[], $4::text[], $5::uuid[]) with ordinality as choice (provider, id, name, chosen, n)
cross join lateral (
  select * from connections where organization_id = $1 and id in (choice.id, choice.chosen)
  union all
  select * from connections where organization_id = $1 and provider = choice.provider and name = choice.name
  union all
  (
    select * from connections where organization_id = $1 and provider = choice.provider and choice.name is null
    order by status = 'active' desc, id desc limit $6
  )
) c`,
};
