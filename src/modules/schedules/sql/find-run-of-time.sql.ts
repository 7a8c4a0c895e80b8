import type { Statement } from '../../../platform/database/index.js';

/**
 * The run of workflow $2 that was started for the time $3. Reads runs_by_workflow from the lowest id of that time ($4) on, since a run is
 * never older than its time.
 */
export const FIND_RUN_OF_TIME: Statement = {
  name: 'find_run_of_time',
  text: `
select id from runs
where organization_id = $1 and workflow_id = $2 and trigger = 'schedule' and start_at = $3::timestamptz
  and id >= $4
limit 1`,
};
