import type { ErrorDialect } from '../../platform/http/index.js';

/** Codes that the contract has; errors of any other kind are told by their message and status alone. */
const CODES = ['VALIDATION_ERROR', 'WORKFLOW_NOT_FOUND', 'EXECUTION_FAILED', 'EXECUTION_TIMEOUT'] as const;

const PATHS = /^\/api\/(?:webhooks|workflows|agents)(?=\/|$)/i;

/** Errors of the graph dialect (contract 002): `{error, error_code?}`, and what is wrong with the input where the error says so. */
export const GRAPH_ERRORS: ErrorDialect = {
  schemaName: 'GraphError',
  schema: {
    type: 'object',
    description: 'An error of the graph dialect.',
    required: ['error'],
    properties: {
      error: { type: 'string', description: 'What went wrong and what to do about it.', examples: ['Unauthorized'] },
      error_code: { type: 'string', description: 'For programs; not every error has one.', enum: [...CODES] },
      details: {
        type: 'array',
        description: 'What is wrong with the input, and where.',
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: {
            path: { type: 'array', items: { type: ['string', 'integer'] }, examples: [['customerId']] },
            message: { type: 'string', examples: ['Required'] },
          },
        },
      },
    },
  },
  owns: (path) => PATHS.test(path),
  body: ({ message, code, details }) => ({
    error: message,
    ...(CODES.some((known) => known === code) && { error_code: code }),
    ...(details && { details }),
  }),
};
