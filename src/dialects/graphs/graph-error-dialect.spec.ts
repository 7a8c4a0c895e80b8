import { describe, expect, it } from 'vitest';
import { toErrorAnswer } from '../../platform/http/index.js';
import { DomainError, validationError } from '../../platform/errors/index.js';
import { GRAPH_ERRORS } from './graph-error-dialect.js';

describe('errors of the graph dialect', () => {
  it.each(['/api/webhooks/x', '/api/workflows', '/api/workflows/x/graph', '/api/agents/x/run'])('own %s', (path) => {
    expect(GRAPH_ERRORS.owns(path)).toBe(true);
  });

  it.each(['/api/v1/webhooks', '/api/v1/workflows/x', '/api/webhooksx', '/v1/agents', '/api/agentapps'])(
    'leave %s to others',
    (path) => {
      expect(GRAPH_ERRORS.owns(path)).toBe(false);
    },
  );

  it('have a code where the contract has one', () => {
    const body = (error: DomainError) => GRAPH_ERRORS.body(toErrorAnswer(error), 'req');
    const details = [{ path: ['a'], message: 'Required' }];
    expect(body(validationError('Invalid webhook ID'))).toEqual({
      error: 'Invalid webhook ID',
      error_code: 'VALIDATION_ERROR',
    });
    expect(body(validationError('Input validation failed', { details }))).toMatchObject({ details });
    expect(body(new DomainError('unauthenticated', 'UNAUTHORIZED', 'Unauthorized'))).toEqual({ error: 'Unauthorized' });
  });
});
