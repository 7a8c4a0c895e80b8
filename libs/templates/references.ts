/** Paths that a source reads from the scope, each once, as text segments. */
export class References {
  private readonly paths = new Map<string, readonly string[]>();

  add(path: readonly (string | number)[]): void {
    const segments = path.map(String);
    this.paths.set(JSON.stringify(segments), segments);
  }

  list(): readonly (readonly string[])[] {
    return [...this.paths.values()];
  }
}
