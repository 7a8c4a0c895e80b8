import type { Type } from '@nestjs/common';
import type { Issue } from '../errors/index.js';
import { type FieldRule, shapeOf } from './dto-shape.js';

/**
 * Builds DTO instances from parsed JSON or a parsed query. Only declared fields are taken; `@Type(() => SomeDto)` builds nested
 * instances, `@Type(() => Number | Boolean | Date)` reads text. Every other value is kept by identity, so free-form JSON members
 * are neither walked nor copied nor changed. `@Transform`, `@Expose` and `@Exclude` are not looked at.
 */
export class DtoBuilder {
  /** Unknown fields and values of a wrong structure, which instances could not hold. */
  readonly issues: Issue[] = [];

  /** The instance, or undefined where the value is no object: nothing of a wrong structure gets into an instance. */
  build(type: Type<object>, plain: unknown, path: Issue['path'] = []): object | undefined {
    if (!isRecord(plain)) {
      this.issues.push({ path, message: 'must be an object' });
      return undefined;
    }
    const shape = shapeOf(type);
    const instance = new type() as Record<string, unknown>;
    for (const [key, value] of Object.entries(plain)) {
      const rule = shape?.get(key);
      if (rule) instance[key] = this.field(rule, value, [...path, key]);
      else this.issues.push({ path: [...path, key], message: 'is not a known field' });
    }
    for (const [key, rule] of shape ?? []) {
      // class-validator lets a nested field be missing, `@IsOptional()` or not.
      const isMissing = plain[key] === undefined && instance[key] === undefined;
      if (isMissing && rule.kind === 'nested' && rule.required)
        this.issues.push({ path: [...path, key], message: 'Required' });
    }
    return instance;
  }

  private field(rule: FieldRule, value: unknown, path: Issue['path']): unknown {
    if (rule.kind === 'convert') return typeof value === 'string' ? rule.convert(value) : value;
    if (value === null && !(rule.kind === 'nested' && rule.required)) return value;
    const isList = Array.isArray(value);
    if (rule.list !== undefined && rule.list !== isList) {
      this.issues.push({ path, message: rule.list ? 'must be an array' : 'must be an object' });
      return undefined;
    }
    if (rule.kind === 'as-is') return value;
    return isList
      ? value.map((item, index) => this.build(rule.type, item, [...path, index]))
      : this.build(rule.type, value, path);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
