import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** Query of every list. */
export class PageQuery {
  /**
   * How many items to return, 1 to 100.
   * @example 50
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 50;

  /**
   * Where to go on: the `cursor` of the previous page. Opaque; absent for the first page.
   * @example MDE5YjdjMmUtNDU2Ny03YWJjLTg5YWItMDEyMzQ1Njc4OWFi
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}
