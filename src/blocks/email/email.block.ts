import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { EmailConfigDto } from './email.config.dto.js';

const NOT_SET_UP =
  'Sending email is not set up on this server: it has no mail server (SMTP) and no email provider to send through';

@Injectable()
export class EmailBlock implements BlockType {
  readonly type = 'email';
  readonly description = 'Sends an email message.';
  readonly effect = 'external';
  readonly config = EmailConfigDto;
  readonly examples = [
    {
      config: {
        action: 'send',
        to: '{{input.customerEmail}}',
        subject: 'Order {{input.orderId}} confirmed',
        body: { html: '<p>Thank you for your order, {{input.name | escape}}!</p>' },
      },
    },
  ];

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { html, text } = (config as unknown as EmailConfigDto).body;
    if ((html ?? text ?? null) === null) context.fail('needs "html" or "text"', 'body');
    const template = context.template(config);
    return {
      resolve: (scope) => template.resolve(scope),
      run: () => ({ kind: 'failed', error: { code: 'CONNECTION_ERROR', message: NOT_SET_UP }, retryable: false }),
    };
  }
}
