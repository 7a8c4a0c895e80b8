import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, Length, Matches, ValidateBy } from 'class-validator';
import { FreeForm } from '../../../platform/http/index.js';

/** How a run is to be repeated. */
export class ReplayRunDto {
  /**
   * Input in place of the original's; not together with `fromStep`.
   * @example { "customerId": "cus_123" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  input?: Record<string, unknown>;

  /**
   * The new run takes over what the steps before this one came to in the original, and goes on from it: this step and all that follow it run
   * again. From the beginning by default.
   * @example send-receipt
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  fromStep?: string;

  /**
   * Number of the version to run, or `current`. The original's by default.
   * @example current
   */
  @IsOptional()
  @ValidateBy({
    name: 'version',
    validator: {
      validate: (value) => value === 'current' || (Number.isInteger(value) && (value as number) >= 1),
      defaultMessage: () => 'must be the number of a version, from 1, or "current"',
    },
  })
  @ApiProperty({
    oneOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', enum: ['current'] },
    ],
  })
  version?: number | 'current';

  /**
   * Within 24 hours the same key with the same request answers the run it started. The header `Idempotency-Key` does the same.
   * @example replay-of-order-123
   */
  @IsOptional()
  @IsString()
  @Matches(/^[\x20-\x7e]{1,255}$/, { message: 'must be 1 to 255 printable ASCII characters' })
  idempotencyKey?: string;
}
