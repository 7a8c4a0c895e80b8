import { ERRORS_PAGE } from '../http/index.js';
import type { Schema } from './description.js';

/** `application/problem+json`, for callers with a bearer key or none. */
export const PROBLEM: Schema = {
  type: 'object',
  description: 'Problem details (RFC 9457), for callers with a bearer key or none.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId', 'retryable'],
  properties: {
    type: {
      type: 'string',
      format: 'uri-reference',
      description: 'Where the error is explained.',
      examples: [`${ERRORS_PAGE}#NOT_FOUND`],
    },
    title: { type: 'string', description: 'The kind of error, in words.', examples: ['Not found'] },
    status: { type: 'integer', description: 'The HTTP status.', examples: [404] },
    detail: {
      type: 'string',
      description: 'What went wrong and what to do about it.',
      examples: ['Workflow not found'],
    },
    instance: { type: 'string', description: 'The path that was called.', examples: ['/api/v1/workflows/wf_1/run'] },
    code: { type: 'string', description: 'Stable, for programs.', examples: ['NOT_FOUND'] },
    requestId: { type: 'string', description: 'Name it when you ask about this answer.', examples: ['req-7f3a'] },
    retryable: {
      type: 'boolean',
      description: 'Whether the same request may succeed later without a change.',
      examples: [false],
    },
    errors: {
      type: 'array',
      description: 'What is wrong with the input.',
      items: {
        type: 'object',
        description: 'One thing that is wrong.',
        required: ['pointer', 'message'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) to the field.', examples: ['/customerId'] },
          message: { type: 'string', description: 'What is wrong, or how to set it right.', examples: ['Required'] },
        },
      },
    },
  },
};

/** `application/json`, for callers with an x-api-key header. */
export const ERROR_ENVELOPE: Schema = {
  type: 'object',
  description: 'An error, for callers with an x-api-key header.',
  required: ['success', 'error'],
  properties: {
    success: { type: 'boolean', const: false, description: 'Always false.' },
    error: {
      type: 'object',
      description: 'What went wrong.',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable, for programs.', examples: ['NOT_FOUND'] },
        message: {
          type: 'string',
          description: 'What went wrong and what to do about it.',
          examples: ['Workflow not found'],
        },
        details: {
          type: 'array',
          description: 'What is wrong with the input.',
          items: {
            type: 'object',
            description: 'One thing that is wrong.',
            required: ['path', 'message'],
            properties: {
              path: {
                type: 'array',
                description: 'Names and indexes that lead to the field.',
                items: { type: ['string', 'integer'] },
                examples: [['customerId']],
              },
              message: {
                type: 'string',
                description: 'What is wrong, or how to set it right.',
                examples: ['Required'],
              },
            },
          },
        },
      },
    },
  },
};
