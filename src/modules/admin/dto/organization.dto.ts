import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Max, Min, ValidateNested } from 'class-validator';

/** What an organization sets for itself. */
export class OrganizationSettingsDto {
  /**
   * Days for which a run is kept after its end; then it is removed with its steps and events.
   * @example 30
   */
  retentionDays: number;

  /**
   * Runs that execute at the same time.
   * @example 100
   */
  concurrency: number;

  /**
   * Unfinished runs; more are answered 429.
   * @example 10000
   */
  backlog: number;
}

/** An organization, with the settings that are in force. */
export class OrganizationDto {
  /**
   * Its name.
   * @example "Acme Inc."
   */
  name: string;

  /**
   * What the organization may use; set by the operator.
   * @example pro
   */
  plan: 'free' | 'pro';

  /** What is in force: the organization's own settings, else the server's. */
  settings: OrganizationSettingsDto;
}

/** A change of settings. Those left out stay; null goes back to the server's. */
export class UpdateOrganizationSettingsDto {
  /**
   * Days for which a run is kept after its end, 1 to 3650.
   * @example 90
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3650)
  retentionDays?: number | null;

  /**
   * Runs that execute at the same time; at most the server's ORGANIZATION_CONCURRENCY.
   * @example 10
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  concurrency?: number | null;

  /**
   * Unfinished runs; at most the server's ORGANIZATION_BACKLOG.
   * @example 1000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  backlog?: number | null;
}

/** A change of the organization. Members left out stay as they are. */
export class UpdateOrganizationDto {
  /**
   * 1 to 255 characters.
   * @example "Acme Inc."
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  name?: string;

  /** What the organization sets for itself. */
  @IsOptional()
  @ValidateNested()
  @Type(() => UpdateOrganizationSettingsDto)
  settings?: UpdateOrganizationSettingsDto;
}
