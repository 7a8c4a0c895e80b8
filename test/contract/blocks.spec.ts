import { readdirSync, readFileSync } from 'node:fs';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { BlockRegistry, DecisionLinks } from '#libs/block-kit';
import { createSafeHttp, type SafeHttp, SafeHttpError } from '#libs/safe-http';
import { conformanceChecks } from '../../libs/block-kit/conformance.js';
import { BLOCKS, BlocksModule } from '../../src/blocks/blocks.module.js';
import { loadSettings, Settings } from '../../src/platform/config/index.js';
import { findIssues } from '../../src/platform/http/index.js';
import { OutboundHttp } from '../../src/platform/outbound/index.js';

const ROOM = 'src/blocks';

/** The outside world: everybody answers with what they were asked, so that runs that mix show it. */
const echo: SafeHttp & DecisionLinks = {
  create: async ({ stepId }) => ({ url: `https://runhook.example/${stepId}`, secret: stepId }),
  ...createSafeHttp(),
  request: async ({ signal, ...request }) => {
    if (signal?.aborted) throw new SafeHttpError('ABORTED', 'The request was aborted.');
    const body = Buffer.from(JSON.stringify(request));
    return { status: 200, headers: { 'content-type': 'application/json' }, body, truncated: false, url: request.url };
  },
};
const registry = new BlockRegistry(BLOCKS.map((Block) => new Block(echo)));

@Global()
@Module({
  providers: [
    { provide: Settings, useValue: loadSettings({}) },
    { provide: DecisionLinks, useValue: echo },
    OutboundHttp,
  ],
  exports: [Settings, DecisionLinks, OutboundHttp],
})
class SettingsModule {}

@Module({ imports: [SettingsModule, BlocksModule] })
class TestModule {}

describe('block types', () => {
  it('are all provided by the module, under names of their own', async () => {
    const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
    expect(app.get(BlockRegistry).names).toEqual(registry.names);
    await app.close();
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
