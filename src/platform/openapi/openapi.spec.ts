import { describe, expect, it } from 'vitest';
import type { ErrorDialect } from '../http/index.js';
import { PAGE_OF } from './decorators.js';
import type { Description, Operation } from './description.js';
import { describeErrors } from './error-answers.js';
import { errorsPage } from './errors-page.js';
import { describeSuccess } from './success-answers.js';
import { tidy } from './tidy.js';

const ok = (schema: object): Operation['responses'] => ({
  200: { description: '', content: { 'application/json': { schema: schema as Record<string, unknown> } } },
});
const operation = (extras: Partial<Operation> = {}): Operation => ({
  operationId: 'x',
  responses: ok({ $ref: '#/components/schemas/RunDto' }),
  ...extras,
});

function described(path: string, subject: Operation, dialects: ErrorDialect[] = []): Description {
  const description: Description = {
    openapi: '3.1.0',
    info: {},
    paths: { [path]: { get: subject } },
    components: { schemas: { RunDto: { type: 'object' } }, responses: {}, headers: {}, securitySchemes: {} },
  };
  describeErrors(description, dialects);
  describeSuccess(description);
  tidy(description);
  return description;
}

const answersOf = (description: Description, path: string) => description.paths[path]?.['get']?.responses ?? {};
const schemaOf = (description: Description, path: string): unknown => {
  const answer = answersOf(description, path)['200'];
  return answer && 'content' in answer ? answer.content?.['application/json']?.schema : undefined;
};

const texts = (summary: string) => {
  const { get } = described('/x', operation({ summary })).paths['/x'] ?? {};
  return [get?.summary, get?.description];
};

describe('the API description', () => {
  it('offers a native answer bare and in its envelope', () => {
    const description = described('/api/v1/runs/{id}', operation());
    expect(schemaOf(description, '/api/v1/runs/{id}')).toEqual({
      oneOf: [{ $ref: '#/components/schemas/RunDto' }, { $ref: '#/components/schemas/RunDtoEnvelope' }],
    });
    expect(description.components.schemas['RunDtoEnvelope']).toMatchObject({ required: ['success', 'data'] });
  });

  it('offers a page in both forms, each with its own place for the cursor', () => {
    const description = described('/api/v1/runs', operation({ responses: ok({ [PAGE_OF]: 'RunDto' }) }));
    expect(schemaOf(description, '/api/v1/runs')).toEqual({
      oneOf: [{ $ref: '#/components/schemas/RunDtoPage' }, { $ref: '#/components/schemas/RunDtoPageEnvelope' }],
    });
    expect(description.components.schemas['RunDtoPage']).toMatchObject({ required: ['data', 'cursor', 'hasMore'] });
    expect(description.components.schemas['RunDtoPageEnvelope']).toMatchObject({
      required: ['success', 'data', 'meta'],
    });
  });

  it.each<[string, Partial<Operation>, string[]]>([
    ['anything with a key', {}, ['401', '403', '429', '500', '503']],
    ['anything public', { 'x-public': true }, ['500', '503']],
    ['a query', { parameters: [{ in: 'query', name: 'limit' }], 'x-public': true }, ['400', '500', '503']],
    ['an id in the path', { parameters: [{ in: 'path', name: 'id' }], 'x-public': true }, ['404', '500', '503']],
    ['a body', { requestBody: { content: {} }, 'x-public': true }, ['400', '413', '415', '500', '503']],
    ['what it says itself', { 'x-errors': [409, 422], 'x-public': true }, ['409', '422', '500', '503']],
  ])('has the errors that follow from %s', (_what, shape, expected) => {
    const answers = answersOf(described('/api/v1/x', operation(shape)), '/api/v1/x');
    expect(Object.keys(answers).filter((status) => status >= '400')).toEqual(expected);
  });

  it('shows errors in both styles, or in the shape of a dialect', () => {
    const dialect: ErrorDialect = {
      schemaName: 'GraphError',
      schema: { type: 'object' },
      owns: (path) => path.startsWith('/api/workflows'),
      body: () => ({}),
    };
    const native = described('/api/v1/x', operation(), [dialect]).components.responses['Error401'];
    expect(Object.keys(native?.content ?? {})).toEqual(['application/problem+json', 'application/json']);
    expect(native?.content?.['application/json']?.example).toEqual({
      success: false,
      error: { code: 'UNAUTHORIZED', message: 'Invalid or missing API key' },
    });
    const foreign = described('/api/workflows', operation(), [dialect]);
    expect(foreign.components.responses['GraphErrorError401']?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/GraphError' } },
    });
    expect(schemaOf(foreign, '/api/workflows')).toEqual({ $ref: '#/components/schemas/RunDto' });
  });

  it('splits a comment into summary and description', () => {
    expect(texts('Run a workflow.\nAnswers 202 as soon\nas it is stored.')).toEqual([
      'Run a workflow',
      'Answers 202 as soon as it is stored.',
    ]);
    expect(texts('Creates a key. It is shown once.')).toEqual(['Creates a key', 'It is shown once.']);
    expect(texts('Stops at version 1.5 and goes on')).toEqual(['Stops at version 1.5 and goes on', undefined]);
  });

  it('says of free-form fields what they are', () => {
    const description = described('/x', operation());
    description.components.schemas['A'] = {
      properties: {
        any: { type: 'free-form-any' },
        schema: { type: ['free-form-schema', 'null'] },
        object: { type: 'free-form-any', additionalProperties: true },
        example: { type: 'free-form-any' },
      },
    };
    tidy(description);
    expect(description.components.schemas['A']).toEqual({
      properties: {
        any: {},
        schema: { type: ['object', 'boolean', 'null'] },
        object: { type: 'object', additionalProperties: true },
        example: {},
      },
    });
  });
});

describe('the page of errors', () => {
  it('has an anchor for each code', () => {
    const page = errorsPage();
    for (const code of ['VALIDATION_ERROR', 'NOT_FOUND', 'INTERNAL']) expect(page).toContain(`id="${code}"`);
  });
});
