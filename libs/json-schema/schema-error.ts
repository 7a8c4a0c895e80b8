/** Thrown for a schema that is refused. The message is written for the schema's author and names the fix. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';

  /** @param path the steps from the schema's root to the fault, empty where the whole schema is at fault */
  constructor(
    message: string,
    readonly path: (string | number)[],
  ) {
    super(message);
  }
}
