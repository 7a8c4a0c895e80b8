import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import type { Express } from 'express';
import { ERRORS_PAGE } from '../http/index.js';
import { buildOpenApi, type OpenApiOptions } from './build-openapi.js';
import { errorsPage } from './errors-page.js';

/** Swagger UI at `/docs`, the description at `/docs/openapi.json` and `.yaml`, the errors at `/docs/errors`; made at the first request. */
export function setupDocs(app: NestExpressApplication, options: OpenApiOptions = {}): void {
  const express: Express = app.getHttpAdapter().getInstance();
  let page: string | undefined;
  express.get(ERRORS_PAGE, (_request, response) => {
    response.type('html').send((page ??= errorsPage()));
  });
  SwaggerModule.setup('docs', app, () => buildOpenApi(app, options), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
    customSiteTitle: 'Runhook API',
  });
}
