import { OrganizationsAndKeys1763800000001 } from './1763800000001-organizations-and-keys.js';
import { WorkflowsAndRuns1763800000002 } from './1763800000002-workflows-and-runs.js';
import { RunRelations1764000000001 } from './1764000000001-run-relations.js';
import { Connections1764000000002 } from './1764000000002-connections.js';
import { TemplatesAndArtifacts1764000000003 } from './1764000000003-templates-and-artifacts.js';
import { RunControl1764000000004 } from './1764000000004-run-control.js';
import { SchedulesAndRetention1764000000005 } from './1764000000005-schedules-and-retention.js';
import { RunLists1764000000006 } from './1764000000006-run-lists.js';
import { Webhooks1764100000001 } from './1764100000001-webhooks.js';
import { Agents1764100000002 } from './1764100000002-agents.js';

/** In the order in which they run. Forward only; one that has been released is never changed. */
export const migrations = [
  OrganizationsAndKeys1763800000001,
  WorkflowsAndRuns1763800000002,
  RunRelations1764000000001,
  Connections1764000000002,
  TemplatesAndArtifacts1764000000003,
  RunControl1764000000004,
  SchedulesAndRetention1764000000005,
  RunLists1764000000006,
  Webhooks1764100000001,
  Agents1764100000002,
];
