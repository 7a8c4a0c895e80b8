import { notFound } from '../../platform/errors/index.js';

/** Also the answer for a workflow that does not exist, or belongs to another organization. */
export const scheduleNotFound = () => notFound('The workflow has no schedule; give it a trigger of type "schedule"');
