import { notFound } from '../../platform/errors/index.js';

/** Also the answer for an agent of another organization. */
export const agentNotFound = () => notFound('Agent not found');
