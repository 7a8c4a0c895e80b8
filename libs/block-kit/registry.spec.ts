import { describe, expect, it } from 'vitest';
import type { BlockType } from './block.js';
import { BlockRegistry } from './registry.js';

const aType = (type: string, aliases: string[] = []): BlockType => ({
  type,
  aliases,
  description: 'Does nothing.',
  effect: 'pure',
  config: null,
  examples: [],
  compile: () => ({ resolve: () => null, run: () => ({ kind: 'done', output: null }) }),
});

describe('the block registry', () => {
  it('finds a type by its name and its aliases', () => {
    const http = aType('general_api', ['http']);
    const registry = new BlockRegistry([http, aType('wait')]);
    expect(registry.find('general_api')).toBe(http);
    expect(registry.find('http')).toBe(http);
    expect(registry.find('constructor')).toBeUndefined();
    expect(registry.names).toEqual(['general_api', 'http', 'wait']);
  });

  it('has no two types of one name', () => {
    expect(() => new BlockRegistry([aType('wait'), aType('pause', ['wait'])])).toThrow(
      'two block types are called wait',
    );
  });
});
