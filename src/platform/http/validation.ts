import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { type Issue, validationError } from '../errors/index.js';
import { DtoBuilder } from './dto-builder.js';
import { shapeOf } from './dto-shape.js';

/** What the caller is told was wrong, by the place of the value. */
const MESSAGES: Record<ArgumentMetadata['type'], string> = {
  body: 'Request validation failed',
  query: 'Invalid query',
  param: 'Invalid path',
  custom: 'Request validation failed',
};

const NATIVE_TYPES = new Set<unknown>([String, Number, Boolean, Object, Array, Date, Buffer]);

/**
 * The global pipe: builds and validates every parameter whose type is a DTO class, and refuses unknown fields. Nothing is
 * converted but what `@Type` says. A body that is absent counts as `{}`.
 * @throws VALIDATION_ERROR with a path and a message for each field
 */
@Injectable()
export class ValidationPipe implements PipeTransform<unknown, unknown> {
  transform(value: unknown, { metatype, type, data }: ArgumentMetadata): unknown {
    if (metatype === String && data !== undefined) return oneText(value, data, type);
    if (metatype === undefined || NATIVE_TYPES.has(metatype) || !shapeOf(metatype as Type<object>)) return value;
    const { instance, issues } = read(metatype as Type<object>, value ?? {});
    if (issues.length > 0) throw validationError(MESSAGES[type], { details: issues });
    return instance;
  }
}

/** What is wrong with a JSON value as an instance of a DTO class; paths start at the value. A class without fields takes `{}`. */
export const findIssues = (type: Type<object>, value: unknown): Issue[] => read(type, value).issues;

function read(type: Type<object>, value: unknown): { instance: object | undefined; issues: Issue[] } {
  const builder = new DtoBuilder();
  const instance = builder.build(type, value);
  return { instance, issues: merge(builder.issues, instance && shapeOf(type) ? validate(instance) : []) };
}

/** A parameter named twice in the query arrives as an array, whatever the handler's signature says. */
function oneText(value: unknown, name: string, type: ArgumentMetadata['type']): unknown {
  if (value === undefined || typeof value === 'string') return value;
  throw validationError(MESSAGES[type], { details: [{ path: [name], message: 'must be given once, as text' }] });
}

const validate = (instance: object): Issue[] =>
  issuesOf(validateSync(instance, { validationError: { target: false, value: false } }), instance, []);

/** class-validator's tree as a flat list. A missing field is reported as `Required`, whatever rules it breaks by that. */
function issuesOf(errors: readonly ValidationError[], owner: unknown, path: Issue['path']): Issue[] {
  return errors.flatMap(({ property, constraints, children }): Issue[] => {
    // The error about a value of no known class has no property: it is about the owner itself.
    if (property === undefined) return [{ path, message: 'must be an object' }];
    const value = (owner as Record<string, unknown>)[property];
    const here = [...path, Array.isArray(owner) ? Number(property) : property];
    const own = constraints
      ? [{ path: here, message: value === undefined ? 'Required' : messageOf(constraints, property) }]
      : [];
    return [...own, ...issuesOf(children ?? [], value, here)];
  });
}

/** Messages without the field's name, which the path tells. */
const messageOf = (constraints: Record<string, string>, property: string): string =>
  Object.values(constraints)
    .map((rule) =>
      rule.startsWith(`${property} `) ? rule.slice(property.length + 1) : rule.replace(` in ${property} `, ' '),
    )
    .join('; ');

/** The validator's complaints about a field that the builder has reported already would only be its consequences. */
function merge(first: readonly Issue[], second: readonly Issue[]): Issue[] {
  const reported = new Set(first.map(({ path }) => path.join('/')));
  return [...first, ...second.filter(({ path }) => !reported.has(path.join('/')))];
}
