import { defineError, notFound } from '../../platform/errors/index.js';

/** Also the answer for a run of another organization. */
export const stepNotFound = () => notFound('There is no such step in this run, or the run has not come to it yet');

export const alreadyDecided = defineError(
  'ALREADY_DECIDED',
  'conflict',
  'The step has been decided, has timed out, or its run is over. Read the run to see what became of it.',
);
