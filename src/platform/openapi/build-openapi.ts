import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { ErrorDialect } from '../http/index.js';
import { type Description, operationsOf, type Schema } from './description.js';
import { describeErrors } from './error-answers.js';
import { HEADERS } from './headers.js';
import { describeSuccess } from './success-answers.js';
import { tidy } from './tidy.js';

export interface OpenApiOptions {
  /** DTO classes that no controller mentions: the configurations of block types. */
  models?: Type<object>[];
  /** Further schemas, by name. */
  schemas?: Record<string, Schema>;
  /** Error shapes of the dialects, as given to the edge. */
  errorDialects?: readonly ErrorDialect[];
  /** The last word, before the document is put in order. */
  patch?: (description: Description) => void;
}

/** The OpenAPI 3.1 description of an application. Full only when made from compiled code: the Swagger plugin runs in `nest build`. */
export function buildOpenApi(app: INestApplication, options: OpenApiOptions = {}): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, overview(), {
    operationIdFactory: (_controller, method) => method,
    extraModels: options.models ?? [],
  });
  const description = document as unknown as Description;
  const { components } = description;
  components.schemas = { ...components.schemas, ...options.schemas };
  components.responses = {};
  components.headers = { ...HEADERS };
  describeErrors(description, options.errorDialects ?? []);
  describeSuccess(description);
  secure(description);
  refuseTwins(description);
  options.patch?.(description);
  tidy(description);
  return document;
}

const overview = () =>
  new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Runhook API')
    .setDescription(ABOUT)
    .setVersion(packageVersion())
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This server')
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key (`capi_…`). Answers are bare, errors RFC 9457 problems.',
    })
    .addSecurity('apiKey', {
      type: 'apiKey',
      in: 'header',
      name: 'x-api-key',
      description: 'The same API key. Answers and errors come in an envelope with `success`.',
    })
    .build();

const ABOUT = `Start agents and workflows and get the result back: streamed, awaited, polled or called back.

The style of every answer follows the header that carries the API key. With \`Authorization: Bearer\` answers are the bare
resources, and errors are problem details (RFC 9457). With \`x-api-key\` everything comes in an envelope with \`success\`.`;

function secure(description: Description): void {
  for (const { operation } of operationsOf(description)) {
    operation.security = operation['x-public'] === true ? [] : [{ bearer: [] }, { apiKey: [] }];
    delete operation['x-public'];
  }
}

/** Operation ids are the handlers' names, and generated clients' too: two of one name would hide one another. */
function refuseTwins(description: Description): void {
  const seen = new Map<string, string>();
  for (const { path, method, operation } of operationsOf(description)) {
    const place = `${method.toUpperCase()} ${path}`;
    const other = seen.get(operation.operationId);
    if (other) throw new Error(`${place} and ${other} have handlers of one name, ${operation.operationId}`);
    seen.set(operation.operationId, place);
  }
}

/** From the nearest package.json above this file, which lies at another depth in `src` than in `dist`. */
function packageVersion(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = join(folder, '..');
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
