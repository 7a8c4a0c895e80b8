import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { SplitBlock } from './split.block.js';

const type = new SplitBlock();

describe('split', () => {
  it.each<[JsonObject, Json]>([
    [{}, { id: 7 }],
    [{ input: '' }, { id: 7 }],
    [{ branches: 2 }, { id: 7 }],
    [{ input: '{{input.items}}' }, [1, 2]],
    [{ input: 0 }, 0],
  ])('%j passes on %j', (config, output) => {
    const block = compileAlone(type, { config });
    const scope = aScope({ input: { items: [1, 2] } });
    expect(block.run(block.resolve(scope), aContext({ upstream: { id: 7 } }))).toEqual({ kind: 'done', output });
  });
});
