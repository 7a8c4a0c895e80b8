/** The states of a workflow (contracts/decisions §2). Only an active one runs. */
export const WORKFLOW_STATUSES = ['draft', 'active', 'paused', 'archived'] as const;
export type WorkflowStatus = (typeof WORKFLOW_STATUSES)[number];

/** What a client may ask of a workflow's state. */
export type WorkflowMove = 'activate' | 'pause' | 'resume' | 'archive';

const MOVES: Record<WorkflowMove, { from: readonly WorkflowStatus[]; to: WorkflowStatus }> = {
  activate: { from: ['draft', 'paused', 'active'], to: 'active' },
  pause: { from: ['active', 'paused'], to: 'paused' },
  resume: { from: ['paused', 'active'], to: 'active' },
  archive: { from: ['draft', 'active', 'paused', 'archived'], to: 'archived' },
};

/** The status a move leads to, or null when it is not allowed. Repeating a move that already holds is allowed and changes nothing. */
export function moveTo(status: WorkflowStatus, move: WorkflowMove): WorkflowStatus | null {
  return MOVES[move].from.includes(status) ? MOVES[move].to : null;
}
