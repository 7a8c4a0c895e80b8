import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSafeHttp, type SafeHttp, SafeHttpError } from '#libs/safe-http';
import { conformanceChecks } from '../../libs/block-kit/conformance.js';
import { BLOCKS } from '../../src/blocks/blocks.module.js';
import { findIssues } from '../../src/platform/http/index.js';
import { openBlockWorld } from '../support/block-world.js';

const ROOM = 'src/blocks';

/** The outside world: everybody answers with what they were asked, so that runs that mix show it. */
const echo: SafeHttp = {
  ...createSafeHttp(),
  request: async ({ signal, ...request }) => {
    if (signal?.aborted) throw new SafeHttpError('ABORTED', 'The request was aborted.');
    const body = Buffer.from(JSON.stringify(request));
    return { status: 200, headers: { 'content-type': 'application/json' }, body, truncated: false, url: request.url };
  },
};
const world = await openBlockWorld({ http: echo });
world.vault.add({ provider: 'stripe', credentials: { apiKey: 'sk_test_12345678' } });
world.vault.add({ provider: 'slack', credentials: { botToken: 'xoxb-12345678' } });
world.templates.templates.set('order-confirmed', { subject: 'Order', html: '<p>{{ name }}</p>', text: null });
const registry = world.blocks;

describe('block types', () => {
  it('are all provided by the module', () => {
    expect(registry.types.map(({ constructor }) => constructor)).toEqual(BLOCKS);
  });

  it('live in a folder each, named after the type, with a short README', () => {
    const folders = readdirSync(ROOM, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).sort();
    expect(names).toEqual(registry.types.map(({ type }) => type.replaceAll('_', '-')).sort());
    for (const name of names) {
      expect(readdirSync(`${ROOM}/${name}`)).toContain(`${name}.block.spec.ts`);
      expect(readFileSync(`${ROOM}/${name}/README.md`, 'utf8').split('\n').slice(11)).toEqual([]);
    }
  });
});

describe.each(registry.types.map((type) => [type.type, type] as const))('%s', (_name, type) => {
  it.each(conformanceChecks(type, findIssues).map((check) => [check.name, check] as const))(
    '%s',
    async (_check, { run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );
});
