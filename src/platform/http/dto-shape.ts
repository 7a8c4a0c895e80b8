import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes } from 'class-validator';

/**
 * How one declared field of a DTO is built from its JSON value. `list`: whether it must be an array, undefined where the class does
 * not tell; class-validator takes a lone value for an array of rules `each`, and an array for a nested object.
 */
export type FieldRule =
  | { kind: 'as-is'; list: true | undefined }
  | { kind: 'convert'; convert: (text: string) => unknown }
  | { kind: 'nested'; type: Type<object>; list: boolean | undefined; required: boolean };

/** The declared fields of a DTO class: those with at least one validation decorator. */
export type DtoShape = ReadonlyMap<string, FieldRule>;

/** class-transformer exports its decorators but not what they stored; `@nestjs/mapped-types` reads it from the same place. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: {
    findTypeMetadata(target: unknown, property: string): { typeFunction: () => unknown } | undefined;
  };
};

const shapes = new WeakMap<Type<object>, DtoShape>();

/** The shape of a class; null for a class without a validated field, which is no DTO. Decorators have all run by the first request. */
export function shapeOf(type: Type<object>): DtoShape | null {
  let shape = shapes.get(type);
  if (!shape) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    const conditional = rules.filter((rule) => rule.type === ValidationTypes.CONDITIONAL_VALIDATION);
    const optional = new Set(conditional.map(({ propertyName }) => propertyName));
    shape = new Map(rules.map(({ propertyName: name }) => [name, ruleOf(type, name, !optional.has(name))]));
    shapes.set(type, shape);
  }
  return shape.size > 0 ? shape : null;
}

function ruleOf(owner: Type<object>, property: string, required: boolean): FieldRule {
  const declared: unknown = Reflect.getMetadata('design:type', owner.prototype as object, property);
  const type: unknown = defaultMetadataStorage.findTypeMetadata(owner, property)?.typeFunction();
  if (type === Number) return { kind: 'convert', convert: toNumber };
  if (type === Boolean) return { kind: 'convert', convert: (text) => BOOLEANS.get(text) ?? text };
  if (type === Date) return { kind: 'convert', convert: (text) => new Date(text) };
  if (typeof type !== 'function' || type === String || type === Object) {
    return { kind: 'as-is', list: declared === Array ? true : undefined };
  }
  const list = declared === Object ? undefined : declared === Array;
  return { kind: 'nested', type: type as Type<object>, list, required };
}

/** `Number('')` is 0, which nobody meant who wrote `?limit=`. */
const toNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);
