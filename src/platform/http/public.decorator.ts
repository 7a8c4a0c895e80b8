import { applyDecorators, type CustomDecorator, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Metadata key that the credential guard reads. */
export const PUBLIC = 'runhook:public';

/** Opens an operation, or all of a controller's, to callers without an API key. */
export const Public = (): CustomDecorator =>
  applyDecorators(SetMetadata(PUBLIC, true), ApiExtension('x-public', true)) as CustomDecorator;
