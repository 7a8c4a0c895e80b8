import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsRFC3339,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { type Scope, SCOPES } from '../../scopes.js';

/** Requests a minute of one key; what is absent follows the organization. */
export class KeyRateLimitsDto {
  /**
   * Starting, retrying, replaying and cancelling runs.
   * @example 500
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  execute?: number;

  /**
   * Other reads.
   * @example 1000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  read?: number;

  /**
   * Other writes.
   * @example 200
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  write?: number;
}

export class CreateApiKeyDto {
  /**
   * What the key is for.
   * @example "Nightly import"
   */
  @IsString()
  @Length(1, 100)
  @Matches(/\S/, { message: 'name must not be blank' })
  name: string;

  /**
   * What the key may do; without org:admin only what the calling key may. Default: workflows:execute and runs:read.
   * @example ["workflows:execute", "runs:read"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true })
  scopes?: Scope[];

  /**
   * The only workflows the key may be used for; absent: all that the calling key may.
   * @example ["wf_01997c2e-4567-7abc-89ab-0123456789ab"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  workflowIds?: string[];

  /**
   * When the key stops working, with a time zone; absent: never.
   * @example 2030-12-31T23:59:59Z
   */
  @IsOptional()
  @IsRFC3339()
  @IsISO8601({ strict: true })
  expiresAt?: string;

  /** Limits of this key. Lowering them is free, raising them needs org:admin. */
  @IsOptional()
  @ValidateNested()
  @Type(() => KeyRateLimitsDto)
  rateLimits?: KeyRateLimitsDto;
}
