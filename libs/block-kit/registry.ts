import type { BlockType } from './block.js';

/** The block types this server knows, by type and alias. */
export class BlockRegistry {
  private readonly byName = new Map<string, BlockType>();

  constructor(readonly types: readonly BlockType[]) {
    for (const type of types) {
      for (const name of [type.type, ...(type.aliases ?? [])]) {
        if (this.byName.has(name)) throw new Error(`two block types are called ${name}`);
        this.byName.set(name, type);
      }
    }
  }

  find(name: string): BlockType | undefined {
    return this.byName.get(name);
  }

  /** Every accepted name, aliases included, sorted. */
  get names(): string[] {
    return [...this.byName.keys()].sort();
  }
}
