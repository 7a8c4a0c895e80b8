import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { formatId } from '#libs/ids';
import { type EdgeRequest, Public } from '../../../platform/http/index.js';
import { RateLimit } from '../../rate-limit/index.js';
import { PAGE_POLICY, outcomePage } from './authorization-page.js';
import { CompleteAuthorization } from './complete-authorization.js';
import { withOutcome } from './redirect-url.js';

/** Where OAuth servers send people back to. They bring a code and the state, and parameters of their own that nobody can list. */
@ApiExcludeController()
@Public()
@RateLimit('webhooks')
@Controller('api/v1/connections/oauth')
export class OAuthCallbackController {
  constructor(private readonly completer: CompleteAuthorization) {}

  @Get('callback')
  async completeAuthorization(@Req() request: EdgeRequest, @Res() response: Response): Promise<void> {
    const completion = await this.completer.execute(new URL(request.originalUrl, 'http://localhost').searchParams);
    if (!completion) {
      const text =
        'The link was used already, is too old, or was never made by this server. Start the authorization again.';
      return send(response, 400, outcomePage('Unknown authorization', text));
    }
    const { connectionId, redirectUrl, error } = completion;
    if (redirectUrl !== null) {
      const outcome = error === null ? { status: 'active' } : { status: 'error', error };
      response.redirect(302, withOutcome(redirectUrl, { connectionId: formatId('conn', connectionId), ...outcome }));
      return;
    }
    if (error !== null)
      return send(response, 400, outcomePage('Not connected', `The connection was not made: ${error}.`));
    return send(response, 200, outcomePage('Connected', 'The connection is active. You can close this window.'));
  }
}

function send(response: Response, status: number, html: string): void {
  response
    .status(status)
    .set({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY })
    .send(html);
}
