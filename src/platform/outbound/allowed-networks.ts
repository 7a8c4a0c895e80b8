import type { Settings } from '../config/index.js';

/** Networks that may be reached although they are not public. */
export const allowedNetworks = ({ OUTBOUND_ALLOW = '' }: Settings): string[] =>
  OUTBOUND_ALLOW.split(',').flatMap((network) => network.trim() || []);
