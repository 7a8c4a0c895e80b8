import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { dump } from 'js-yaml';
import { BlockRegistry } from '#libs/block-kit';
import { AppModule, BlockTypesModule } from '../app.module.js';
import { describeSteps } from '../bootstrap/describe-steps.js';
import { ERROR_DIALECTS } from '../bootstrap/error-dialects.js';
import { Settings } from '../platform/config/index.js';
import { buildOpenApi } from '../platform/openapi/index.js';

/** Writes the API description as YAML to the file named on the command line. Needs no database: nothing is started. */
const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: write-openapi <file>');

const options = { logger: false, abortOnError: false } as const;
const settings = new Settings();
const app = await NestFactory.create(AppModule.register(settings, ''), { ...options, preview: true });
// A preview makes no instances; the block types are asked for theirs.
const blocks = await NestFactory.createApplicationContext(BlockTypesModule.register(settings), options);
writeFileSync(
  file,
  dump(buildOpenApi(app, { ...describeSteps(blocks.get(BlockRegistry)), errorDialects: ERROR_DIALECTS }), {
    noRefs: true,
    lineWidth: 120,
  }),
);
await blocks.close();
