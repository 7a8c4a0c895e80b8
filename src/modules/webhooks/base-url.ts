import { createParamDecorator, type ExecutionContext, Inject, Injectable, type PipeTransform } from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../../platform/config/index.js';

/** Addresses are made from PUBLIC_URL, and without it from what the caller has reached the server at. */
@Injectable()
class ToBaseUrl implements PipeTransform<string, string> {
  constructor(@Inject(Settings) private readonly settings: Settings) {}

  transform(reached: string): string {
    return this.settings.PUBLIC_URL === undefined ? reached : this.settings.publicUrl;
  }
}

const ReachedUrl = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const request = context.switchToHttp().getRequest<Request>();
  return `${request.protocol}://${request.get('host') ?? ''}`;
});

/** Injects the server's address, without a slash at the end, into a handler's parameter. */
export const BaseUrl = (): ParameterDecorator => ReachedUrl(ToBaseUrl);
