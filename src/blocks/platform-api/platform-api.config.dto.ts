import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import type { Json, JsonObject } from '#libs/json-guard';
import { PLATFORM_RESOURCES, type PlatformResource } from '#libs/platform-api';
import { FreeForm } from '../../platform/http/index.js';

/** Calls this server's own API, as the API key that started the run. */
export class PlatformApiConfigDto {
  /**
   * What it is about.
   * @example agents
   */
  @IsIn(PLATFORM_RESOURCES)
  resource: PlatformResource;

  /**
   * What to do. agents: `list`, `get`, `create`, `update`, `delete`; workflows: `list`, `get`, `run`; runs: `list`, `get`, `cancel`, `retry`.
   * @example get
   */
  @IsString()
  @Length(1, 100)
  operation: string;

  /**
   * Which one, for every operation but `list` and `create`; may be a template.
   * @example "{{steps.create.output.body.id}}"
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  resourceId?: string;

  /**
   * The body as over HTTP, for `create`, `update` and `run` (`{input}`): an object whose strings may hold templates, or one template that gives an
   * object or its JSON text.
   * @example { "name": "{{input.name}}" }
   */
  @IsOptional()
  @FreeForm()
  body?: Json;

  /**
   * The query as over HTTP, for `list`; strings may hold templates.
   * @example { "limit": 10 }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  params?: JsonObject;

  /**
   * For `run`: `true` (the default) waits for the run and goes on with its output; `false` goes on at once.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  wait?: boolean;
}
