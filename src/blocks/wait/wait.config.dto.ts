import { IsOptional, IsString, Length } from 'class-validator';
import { NumberOrTemplate } from '../templated.decorator.js';

/** Longest wait in milliseconds: 30 days, as long as a run may last. */
export const LONGEST_WAIT_MS = 30 * 24 * 60 * 60 * 1000;

/** Waits for a time. Exactly one of `duration` and `until` is given. */
export class WaitConfigDto {
  /**
   * Milliseconds to wait, at most 30 days; may be a template.
   * @example 60000
   */
  @IsOptional()
  @NumberOrTemplate({ minimum: 0, maximum: LONGEST_WAIT_MS })
  duration?: number | string;

  /**
   * Time to wait for, ISO 8601, at most 30 days ahead; UTC where it names no offset; may be a template.
   * @example 2026-12-01T09:00:00Z
   */
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  until?: string;
}
