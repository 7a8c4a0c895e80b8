import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/**
 * Serves `handle` at `POST /` with NestJS on Express and nothing else: no auth, no validation, no logging. The decorators are called by
 * hand, so that a baseline runs without a build.
 *
 * @param {(body: unknown) => unknown} handle
 */
export async function serve(handle) {
  class BaselineController {
    answer(body) {
      return handle(body);
    }
  }
  const { prototype } = BaselineController;
  const method = Object.getOwnPropertyDescriptor(prototype, 'answer');
  for (const decorate of [Post(), HttpCode(200)]) decorate(prototype, 'answer', method);
  Body()(prototype, 'answer', 0);
  Controller()(BaselineController);

  class BaselineModule {}
  Module({ controllers: [BaselineController] })(BaselineModule);

  const app = await NestFactory.create(BaselineModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  console.log(`listening on http://127.0.0.1:${app.getHttpServer().address().port}`);
}
