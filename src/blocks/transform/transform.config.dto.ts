import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  ValidateNested,
} from 'class-validator';
import type { Json, JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';
import { CONVERSION_NAMES, type ConversionName } from './conversions.js';
import { RULE_NAMES, type RuleName } from './field-rules.js';

/** What a transform does with its source; `transform` does all that is configured, in this order. */
export const ACTIONS = ['transform', 'map', 'normalize', 'enrich', 'validate'] as const;
export type TransformAction = (typeof ACTIONS)[number];

/** Takes a field of the source over into the output. */
export class MappingRuleDto {
  /**
   * Name of the rule, for errors.
   * @example full-name
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  id?: string;

  /**
   * Field of the source: names and positions separated by dots; `$` is the whole source.
   * @example customer.emails.0
   */
  @IsString()
  @Length(1, 500)
  source: string;

  /**
   * Field of the output, made with the objects around it.
   * @example contact.email
   */
  @IsString()
  @Length(1, 500)
  target: string;

  /**
   * How the value is changed; `direct` (the default) leaves it as it is.
   * @example lowercase
   */
  @IsOptional()
  @IsIn(CONVERSION_NAMES)
  transform?: ConversionName;

  /**
   * Value for a field that is missing, null, or cannot be changed.
   * @example unknown
   */
  @IsOptional()
  @FreeForm()
  default?: Json;
}

/** Brings a field into a standard form. */
export class NormalizationDto {
  /**
   * The field.
   * @example customer.phone
   */
  @IsString()
  @Length(1, 500)
  field: string;

  /**
   * The form.
   * @example phone
   */
  @IsIn(CONVERSION_NAMES)
  type: ConversionName;
}

/** Something that must hold for a field. */
export class ValidationRuleDto {
  /**
   * The field.
   * @example customer.email
   */
  @IsString()
  @Length(1, 500)
  field: string;

  /**
   * The rule. Every rule but `required` lets a missing or null field pass.
   * @example email
   */
  @IsIn(RULE_NAMES)
  rule: RuleName;

  /**
   * What `min`, `max`, `minLength`, `maxLength` (a number), `pattern` (RE2 syntax) and `oneOf` (a list) compare with.
   * @example 18
   */
  @IsOptional()
  @FreeForm()
  value?: Json;

  /**
   * What to say when it does not hold.
   * @example "An email address is needed"
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  message?: string;
}

/** Builds an object, from templates or by rules from a source. */
export class TransformConfigDto {
  /**
   * Each member becomes a field of the output. Strings may hold templates, at any depth; a string that is exactly one template keeps the type
   * of its value. With `sourceData` these fields are added to it.
   * @example { "total": "{{input.price | times: 1.08}}", "customer": { "id": "{{input.customerId}}" } }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  mapping?: JsonObject;

  /**
   * The object, or list of objects, that the rules work on; usually a template. A list gives a list.
   * @example "{{input.customer}}"
   */
  @IsOptional()
  @FreeForm()
  sourceData?: Json;

  /**
   * `transform` (the default) applies everything that is configured: mappingRules, normalizations, mapping, validationRules, targetSchema. `map`,
   * `normalize` and `enrich` do that one thing. `validate` answers `{valid, errors, data}`.
   * @example transform
   */
  @IsOptional()
  @IsIn(ACTIONS)
  action?: TransformAction;

  /** Which fields of the source make up the output; all of them without rules. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => MappingRuleDto)
  mappingRules?: MappingRuleDto[];

  /** Fields to bring into a standard form. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => NormalizationDto)
  normalizations?: NormalizationDto[];

  /** What must hold for the result; otherwise the step fails. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => ValidationRuleDto)
  validationRules?: ValidationRuleDto[];

  /**
   * JSON Schema (draft 2020-12) that the result must satisfy; its defaults are filled in.
   * @example { "type": "object", "required": ["email"] }
   */
  @IsOptional()
  @FreeForm('schema')
  targetSchema?: Json;

  /**
   * A value that cannot be changed or normalized fails the step. Otherwise it becomes its default or null where it is mapped, and stays as it
   * is where it is normalized. For `validate`: an invalid source fails the step.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  strict?: boolean;
}
