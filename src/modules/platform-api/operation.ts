import type { Type } from '@nestjs/common';
import type { PlatformRequest } from '#libs/platform-api';
import { ValidationPipe } from '../../platform/http/index.js';
import type { Caller, Scope } from '../auth/index.js';

/** What is asked of an operation. */
export type Asked = Pick<PlatformRequest, 'runId' | 'body' | 'params' | 'idempotencyKey'> & {
  /** Empty where the operation needs none. */
  id: string;
};

/** One operation of the native API: the same scopes, status and answer. */
export interface Operation {
  /** Any one of them is enough. */
  scopes: readonly [Scope, ...Scope[]];
  /** Default 200. */
  status?: number;
  execute: (caller: Caller, asked: Asked) => Promise<object | null>;
}

export type Operations = Readonly<Record<string, Operation>>;

const pipe = new ValidationPipe();

/**
 * A body or query, checked as over HTTP.
 * @throws DomainError VALIDATION_ERROR
 */
export const read = <T extends object>(metatype: Type<T>, value: object, type: 'body' | 'query'): T =>
  pipe.transform(value, { metatype, type }) as T;
