import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { dump } from 'js-yaml';
import { AppModule } from '../app.module.js';
import { Settings } from '../platform/config/index.js';
import { buildOpenApi } from '../platform/openapi/index.js';

/** Writes the API description as YAML to the file named on the command line. Needs no database: nothing is started. */
const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: write-openapi <file>');

const app = await NestFactory.create(AppModule.register(new Settings(), ''), {
  preview: true,
  logger: false,
  abortOnError: false,
});
writeFileSync(file, dump(buildOpenApi(app), { noRefs: true, lineWidth: 120 }));
