import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtension, ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';

/** Marks a page's schema while the description is made. */
export const PAGE_OF = 'x-page-of';

const refTo = (type: Type<object>) => ({ $ref: getSchemaPath(type) });

/** What the operation answers, where its return type does not tell: a class or several a status. */
export const Answers = (answers: Record<number, Type<object> | Type<object>[]>): MethodDecorator =>
  applyDecorators(
    ...Object.entries(answers).flatMap(([status, answer]) => {
      const types = Array.isArray(answer) ? answer : [answer];
      const schema = types.length === 1 ? types.map(refTo)[0] : { oneOf: types.map(refTo) };
      return [ApiExtraModels(...types), ApiResponse({ status: Number(status), ...(schema && { schema }) })];
    }),
  );

/** The operation answers 200 with a page of these. */
export const PageOf = (type: Type<object>): MethodDecorator =>
  applyDecorators(ApiExtraModels(type), ApiResponse({ status: 200, schema: { [PAGE_OF]: type.name } as object }));

/** The operation answers 200 with server-sent events, each of which has one of these as its data. */
export const EventStreamOf = (type: Type<object>): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(type),
    ApiResponse({
      status: 200,
      description: `Server-sent events. The data of each is a ${type.name} as JSON.`,
      content: {
        'text/event-stream': {
          schema: { type: 'string', contentMediaType: 'application/json', contentSchema: refTo(type) } as object,
        },
      },
    }),
  );

/** Error statuses beyond those that follow from the operation's shape (a body, an id in the path, a key). */
export const Errors = (...statuses: (400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 503)[]): MethodDecorator =>
  applyDecorators(ApiExtension('x-errors', statuses));
