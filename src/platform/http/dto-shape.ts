import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

/** How one declared field of a DTO is built from its JSON value. */
export type FieldRule =
  | { kind: 'as-is' }
  | { kind: 'convert'; convert: (text: string) => unknown }
  | { kind: 'nested'; type: Type<object>; list: boolean | undefined };

/** The declared fields of a DTO class: those with at least one validation decorator. */
export type DtoShape = ReadonlyMap<string, FieldRule>;

interface TypeMetadata {
  typeFunction: () => Type<object>;
  reflectedType: unknown;
}
/** class-transformer exports its decorators but not what they stored; `@nestjs/mapped-types` reads it from the same place. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: { findTypeMetadata(target: unknown, property: string): TypeMetadata | undefined };
};

const shapes = new WeakMap<Type<object>, DtoShape>();

/** The shape of a class; null for a class without a validated field, which is no DTO. Decorators have all run by the first request. */
export function shapeOf(type: Type<object>): DtoShape | null {
  let shape = shapes.get(type);
  if (!shape) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    shape = new Map(rules.map(({ propertyName }) => [propertyName, ruleOf(type, propertyName)]));
    shapes.set(type, shape);
  }
  return shape.size > 0 ? shape : null;
}

function ruleOf(owner: Type<object>, property: string): FieldRule {
  const metadata = defaultMetadataStorage.findTypeMetadata(owner, property);
  if (!metadata) return { kind: 'as-is' };
  const type: unknown = metadata.typeFunction();
  if (type === Number) return { kind: 'convert', convert: (text) => (text.trim() === '' ? Number.NaN : Number(text)) };
  if (type === Boolean) return { kind: 'convert', convert: (text) => BOOLEANS.get(text) ?? text };
  if (type === Date) return { kind: 'convert', convert: (text) => new Date(text) };
  if (type === String || type === Object) return { kind: 'as-is' };
  const { reflectedType } = metadata;
  return {
    kind: 'nested',
    type: type as Type<object>,
    list: reflectedType === Object ? undefined : reflectedType === Array,
  };
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);
