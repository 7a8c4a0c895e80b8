import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';

/** A field that holds a number within bounds, or a text: a template, or such a number written as text. */
export const NumberOrTemplate = ({ minimum, maximum }: { minimum: number; maximum: number }): PropertyDecorator =>
  applyDecorators(
    ValidateBy({
      name: 'isNumberOrTemplate',
      validator: {
        validate: (value) =>
          typeof value === 'string' || (typeof value === 'number' && value >= minimum && value <= maximum),
        defaultMessage: () => `must be a number from ${minimum} to ${maximum}, or a template`,
      },
    }),
    ApiProperty({ oneOf: [{ type: 'number', minimum, maximum }, { type: 'string' }] }),
  );

/** A field that holds a text or a list of texts, each of which may be a template. */
export const TextOrList = (): PropertyDecorator =>
  applyDecorators(
    ValidateBy({
      name: 'isTextOrList',
      validator: { validate: isTextOrList, defaultMessage: () => 'must be a text or a list of at least one text' },
    }),
    ApiProperty({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  );

function isTextOrList(value: unknown): boolean {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && text.trim() !== '');
}
