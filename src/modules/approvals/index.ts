/**
 * Approvals: decisions that runs wait for. Words: a *decision* approves or rejects what a parked `approval` step asks; a *link* is the signed
 * address of one step's page, on which whoever has it decides without an API key, as long as the step waits.
 */
export { ApprovalsModule } from './approvals.module.js';
