import type { Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError, type Issue } from '../errors/index.js';
import { findIssues, FreeForm, PageQuery, ValidationPipe } from './index.js';

class TriggerDto {
  @IsIn(['api'], { message: 'must be "api"' })
  type: string;
}

class StepDto {
  @IsString()
  id: string;

  @IsOptional()
  @IsObject()
  @FreeForm()
  config?: Record<string, unknown>;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => StepDto)
  steps?: StepDto[];
}

class WorkflowDto {
  @IsString()
  name: string;

  @ValidateNested()
  @Type(() => TriggerDto)
  trigger: TriggerDto;

  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => StepDto)
  steps: StepDto[];

  @IsOptional()
  @FreeForm()
  input?: unknown;

  @IsOptional()
  @IsString({ each: true })
  tags: string[] = ['none'];
}

class FilterQuery extends PageQuery {
  @IsOptional()
  @Type(() => Boolean)
  @IsBoolean()
  archived?: boolean;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  level?: number;
}

const pipe = new ValidationPipe();
const take = <T extends object>(type: Class<T>, value: unknown, place: 'body' | 'query' = 'body'): T =>
  pipe.transform(value, { type: place, metatype: type }) as T;

function refusal(type: Class<object>, value: unknown): { message: string; details: Issue[] } {
  try {
    take(type, value);
  } catch (error) {
    if (error instanceof DomainError) return { message: error.message, details: error.details ?? [] };
    throw error;
  }
  throw new Error('accepted');
}

const valid = () => ({ name: 'a', trigger: { type: 'api' }, steps: [{ id: 's' }] });

describe('a DTO', () => {
  it('becomes instances all the way down, with its defaults', () => {
    const dto = take(WorkflowDto, { ...valid(), steps: [{ id: 'loop', steps: [{ id: 'send' }] }] });
    expect(dto).toBeInstanceOf(WorkflowDto);
    expect(dto.trigger).toBeInstanceOf(TriggerDto);
    expect(dto.steps[0]?.steps?.[0]).toBeInstanceOf(StepDto);
    expect(dto.tags).toEqual(['none']);
  });

  it('keeps free-form members by identity, whatever they hold', () => {
    const input = { __class: 'Date', type: { constructor: { prototype: 1 } }, list: [[{ toString: null }]] };
    const config = { valueOf: 'x', __proto: { a: 1 } };
    const dto = take(WorkflowDto, { ...valid(), input, steps: [{ id: 's', config }] });
    expect(dto.input).toBe(input);
    expect(dto.steps[0]?.config).toBe(config);
  });

  it('names every field that is wrong, by its path', () => {
    expect(
      refusal(WorkflowDto, {
        name: 1,
        trigger: { type: 'cron' },
        steps: [{ id: 's' }, { config: [] }],
        tags: ['a', 1],
      }),
    ).toEqual({
      message: 'Request validation failed',
      details: [
        { path: ['name'], message: 'must be a string' },
        { path: ['trigger', 'type'], message: 'must be "api"' },
        { path: ['steps', 1, 'id'], message: 'Required' },
        { path: ['steps', 1, 'config'], message: 'must be an object' },
        { path: ['tags'], message: 'each value must be a string' },
      ],
    });
  });

  it('reports what is missing as Required, an absent body too', () => {
    const missing = ['name', 'trigger', 'steps'].map((field) => ({ path: [field], message: 'Required' }));
    for (const nothing of [{}, undefined]) {
      const { details } = refusal(WorkflowDto, nothing);
      expect(details).toHaveLength(3);
      expect(details).toEqual(expect.arrayContaining(missing));
    }
  });

  it('refuses unknown fields at every depth, names of the prototype included', () => {
    const body = JSON.parse(
      '{"name":"a","trigger":{"type":"api","__proto__":1},"steps":[{"id":"s","constructor":2}],"toString":3}',
    ) as unknown;
    expect(refusal(WorkflowDto, body).details).toEqual([
      { path: ['trigger', '__proto__'], message: 'is not a known field' },
      { path: ['steps', 0, 'constructor'], message: 'is not a known field' },
      { path: ['toString'], message: 'is not a known field' },
    ]);
  });

  it.each<[string, unknown, Issue['path'], string]>([
    ['an array for an object', { ...valid(), trigger: [] }, ['trigger'], 'must be an object'],
    ['text for an object', { ...valid(), trigger: 'api' }, ['trigger'], 'must be an object'],
    ['an object for an array', { ...valid(), steps: { id: 's' } }, ['steps'], 'must be an array'],
    ['null for an object', { ...valid(), trigger: null }, ['trigger'], 'must be an object'],
    ['text for an array of texts', { ...valid(), tags: 'a' }, ['tags'], 'must be an array'],
    ['null in an array', { ...valid(), steps: [null] }, ['steps', 0], 'must be an object'],
    ['an array in an array', { ...valid(), steps: [[{ constructor: null }]] }, ['steps', 0], 'must be an object'],
    ['an array for the body', [], [], 'must be an object'],
    ['text for the body', 'x', [], 'must be an object'],
  ])('refuses %s', (_what, body, path, message) => {
    expect(refusal(WorkflowDto, body).details).toEqual([{ path, message }]);
  });

  it('never throws anything but a validation error, and accepts nothing with a foreign structure', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 3 }), (trigger, steps) => {
        const issues = findIssues(WorkflowDto, { name: 'a', trigger, steps });
        for (const { path, message } of issues) expect([path.length > 0, message.length > 0]).toEqual([true, true]);
      }),
    );
  });

  it('of a class without fields takes only {}', () => {
    class Empty {}
    expect(findIssues(Empty, {})).toEqual([]);
    expect(findIssues(Empty, { a: 1 })).toEqual([{ path: ['a'], message: 'is not a known field' }]);
  });
});

const query = (value: Record<string, string | string[]>) =>
  take(FilterQuery, Object.assign(Object.create(null) as object, value), 'query');

describe('a query', () => {
  it('is read as its fields say, and not otherwise', () => {
    expect(query({ limit: '7', archived: 'false', level: '0' })).toMatchObject({
      limit: 7,
      archived: false,
      level: 0,
    });
    expect(query({})).toMatchObject({ limit: 50 });
  });

  it.each([
    ['limit', ''],
    ['limit', 'abc'],
    ['limit', '0'],
    ['limit', '1e3'],
    ['archived', 'yes'],
    ['level', ' '],
  ])('with %s=%j is refused', (name, value) => {
    expect(() => query({ [name]: value })).toThrow('Invalid query');
  });

  it('with a parameter given twice is refused', () => {
    expect(() => query({ limit: ['1', '2'] })).toThrow('Invalid query');
    expect(() => pipe.transform(['a', 'b'], { type: 'query', metatype: String, data: 'q' })).toThrow('Invalid query');
    expect(pipe.transform('a', { type: 'query', metatype: String, data: 'q' })).toBe('a');
  });
});
