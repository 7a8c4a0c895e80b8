import type { Issue } from '../../platform/errors/index.js';
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
            path: {
              type: 'array',
              description: 'Names of members and positions in lists, outermost first.',
              items: { type: ['string', 'integer'] },
              examples: [['customerId']],
            },
            message: { type: 'string', description: 'What to do about it.', examples: ['Required'] },
          },
        },
      },
    },
  },
  owns: (path) => PATHS.test(path),
  body: ({ message, code, details }) => {
    const known = CODES.find((name) => name === code || (name === 'WORKFLOW_NOT_FOUND' && message === NO_WORKFLOW));
    return {
      error: (details?.[0] && ofGraph(details[0])) ?? message,
      ...(known && { error_code: known }),
      ...(details && { details }),
    };
  },
};

/** What the native API says with the code of everything that is not there. */
const NO_WORKFLOW = 'Workflow not found';

/** Where the members of a schedule stand in the starter of a graph. */
const SCHEDULE: Readonly<Record<string, string>> = {
  cron: 'schedule_cron',
  interval: 'schedule_interval_value',
  timezone: 'schedule_timezone',
  startAt: 'schedule_start_at',
  endAt: 'schedule_end_at',
  input: 'input',
};

/** What is wrong with a graph says so by itself; null for anything else. */
function ofGraph({ path, message }: Issue): string | null {
  const [root, member] = path;
  if (root === 'graph') return message;
  const name = root === 'trigger' ? SCHEDULE[String(member)] : undefined;
  return name === undefined ? null : `Starter block: ${name} ${message}`;
}
