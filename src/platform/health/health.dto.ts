/** Health, in the shape of `@nestjs/terminus`. */
export class HealthDto {
  /**
   * `ok`, `error`, or `shutting_down`.
   * @example ok
   */
  status: string;

  /**
   * The checks that passed, by name.
   * @example { "database": { "status": "up" } }
   */
  info: Record<string, unknown>;

  /**
   * The checks that failed, by name.
   * @example {}
   */
  error: Record<string, unknown>;

  /**
   * All checks, by name.
   * @example { "database": { "status": "up" } }
   */
  details: Record<string, unknown>;
}
