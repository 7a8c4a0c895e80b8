import type { Statement } from '../../../platform/database/index.js';

/**
 * Sends $4 to step $3 of run $2, once, and makes a parked run due. The run's row is locked first, so the count of signals and what was
 * sent are always seen together; a worker that parks the run at this moment compares the count (WRITE_PROGRESS).
 */
export const SIGNAL_STEP: Statement = {
  name: 'signal_step',
  text: `
with run as (
  select organization_id, id from runs
  where organization_id = $1 and id = $2 and status in ('running', 'waiting') for update
), sent as (
  insert into run_signals (organization_id, run_id, step_id, payload)
  select organization_id, id, $3, $4::json from run
  on conflict do nothing
  returning organization_id, run_id
)
update runs r set signals = r.signals + 1, due_at = case when r.status = 'waiting' then now() else r.due_at end
from sent where r.organization_id = sent.organization_id and r.id = sent.run_id
returning r.id`,
};

/** The run's count of signals with all that was sent; one row with nulls where nothing was. */
export const LIST_SIGNALS: Statement = {
  name: 'list_signals',
  text: `
select r.signals, s.step_id, s.payload
from runs r left join run_signals s on s.organization_id = r.organization_id and s.run_id = r.id
where r.organization_id = $1 and r.id = $2`,
};
