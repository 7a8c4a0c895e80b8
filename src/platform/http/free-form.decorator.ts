import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Allow } from 'class-validator';

/** What a free-form field holds: any JSON value, or a JSON Schema (an object, `true` or `false`), or null for none. */
export type FreeFormKind = 'any' | 'schema';

/**
 * A field of JSON that is no DTO. It is kept by identity, neither walked nor copied nor changed, and described as what it is:
 * the Swagger plugin would call every `Json` or `unknown` an object. Other decorators may narrow it (`@IsObject()`, `@IsDefined()`).
 */
export const FreeForm = (kind: FreeFormKind = 'any'): PropertyDecorator =>
  applyDecorators(Allow(), ApiProperty({ type: freeFormType(kind) } as unknown as ApiPropertyOptions));

/**
 * The placeholder type under which a free-form field goes through `@nestjs/swagger`, which knows no schema without a type;
 * the description's making replaces it.
 */
export const freeFormType = (kind: FreeFormKind): string => `free-form-${kind}`;
