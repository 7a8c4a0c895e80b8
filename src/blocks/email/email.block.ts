import { Injectable } from '@nestjs/common';
import type { BlockContext, BlockOutcome, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import { callOperation, type Connector, ConnectionVault, ConnectorRegistry, type Operation } from '#libs/connector-kit';
import { compileEmailTemplate, EmailTemplates, type EmailTexts } from '#libs/email-templates';
import type { Json, JsonObject } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import { TemplateError } from '#libs/templates';
import { compileConnection } from '../action/connection-name.js';
import { EmailConfigDto } from './email.config.dto.js';

@Injectable()
export class EmailBlock implements BlockType {
  readonly type = 'email';
  readonly description = 'Sends an email message.';
  readonly effect = 'external';
  readonly config = EmailConfigDto;
  readonly retry = { ...DEFAULT_RETRY, maxAttempts: 3 };
  readonly examples = [
    {
      config: {
        action: 'send',
        to: '{{input.customerEmail}}',
        subject: 'Order {{input.orderId}} confirmed',
        body: { html: '<p>Thank you for your order, {{input.name | escape}}!</p>' },
      },
    },
    {
      config: {
        action: 'sendTemplate',
        to: '{{input.customerEmail}}',
        template: { id: 'order-confirmed', variables: { name: '{{input.name}}' } },
      },
    },
  ];

  constructor(
    private readonly connectors: ConnectorRegistry,
    private readonly vault: ConnectionVault,
    private readonly templates: EmailTemplates,
  ) {}

  compile(given: JsonObject, context: CompileContext): CompiledBlock {
    const config = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    checkShape(config as unknown as EmailConfigDto, context);
    const { connector, operation } = this.sending();
    const { connection: reference, ...message } = config;
    const connection = compileConnection(connector, reference, context);
    const template = context.template(message);
    return {
      resolve: (scope) => ({
        ...shown(template.resolve(scope) as JsonObject),
        ...(connection.isGiven && { connection: connection.resolve(scope) }),
      }),
      run: async (_input, run) => {
        const resolved = template.resolve(run.scope) as JsonObject;
        const texts = await this.textsOf(resolved, run);
        if ('kind' in texts) return texts;
        const parameters = toParameters(resolved, texts);
        return callOperation(
          this.vault,
          { connector, operation, parameters, connection: connection.resolve(run.scope) },
          run,
        );
      },
    };
  }

  /** An email step is the `send` operation of the email connector. */
  private sending(): { connector: Connector; operation: Operation } {
    const connector = this.connectors.find('email');
    const operation = connector?.operations.find(({ name }) => name === 'send');
    if (!connector || !operation) throw new Error('there is no connector that sends email');
    return { connector, operation };
  }

  private async textsOf(message: JsonObject, run: BlockContext): Promise<EmailTexts | BlockOutcome> {
    const { subject, body, html, text } = message;
    if (message['action'] !== 'sendTemplate') {
      const parts = body as JsonObject | undefined;
      const part = (name: string, own: Json | undefined) => textOf(own ?? parts?.[name]);
      return { subject: textOf(subject) ?? '', html: part('html', html), text: part('text', text) };
    }
    const { reference, variables } = templateOf(message['template'] as JsonObject);
    const template = await this.templates.find(run.organizationId, reference);
    if (!template) return failed('TEMPLATE_NOT_FOUND', `There is no email template "${reference}"`);
    return rendered(reference, () => compileEmailTemplate(template).render(run.scope, variables), textOf(subject));
  }
}

/** The message as records show it: without the content of files, which would fill them. */
function shown(message: JsonObject): JsonObject {
  const { attachments } = message;
  if (!Array.isArray(attachments)) return message;
  const short = attachments.map((attachment) => {
    const { content, ...rest } = attachment as JsonObject;
    return content === undefined ? rest : { ...rest, characters: textOf(content)?.length ?? 0 };
  });
  return { ...message, attachments: short };
}

function templateOf({ id, name, variables }: JsonObject): { reference: string; variables: JsonObject } {
  const isObject = typeof variables === 'object' && variables !== null && !Array.isArray(variables);
  return { reference: textOf(id ?? name) ?? '', variables: isObject ? variables : {} };
}

/** A template that cannot be filled in fails the step under its own name; its path would be taken for the step's. */
function rendered(reference: string, render: () => EmailTexts, subject: string | null): EmailTexts | BlockOutcome {
  try {
    const texts = render();
    return subject === null ? texts : { ...texts, subject };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return failed(
      error.code,
      `The email template "${reference}" cannot be filled in: ${error.path.join('.')}: ${error.message}`,
    );
  }
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});

/** A lone template keeps the type of its value. */
function textOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toParameters(message: JsonObject, { subject, html, text }: EmailTexts): JsonObject {
  const { to, cc, bcc, replyTo, reply_to, from, attachments } = message;
  const members = { to, cc, bcc, replyTo: replyTo ?? reply_to, from, attachments, subject, html, text };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** What depends on more than one member, or on the action. */
function checkShape(config: EmailConfigDto, context: CompileContext): void {
  const { action = 'send', subject, template, body, html, text, replyTo, reply_to } = config;
  if (replyTo !== undefined && reply_to !== undefined)
    context.fail('is the same as "replyTo"; give one of them', 'reply_to');
  config.attachments?.forEach(({ content, artifact, filename }, index) => {
    const path = ['attachments', index] as const;
    if ((content === undefined) === (artifact === undefined))
      context.fail('needs either "content" or "artifact"', ...path);
    if (content !== undefined && filename === undefined)
      context.fail('is needed beside "content"', ...path, 'filename');
  });
  if (action === 'sendTemplate') {
    if (!template) return context.fail('is needed by the action "sendTemplate"', 'template');
    if ((template.id === undefined) === (template.name === undefined))
      context.fail('needs either "id" or "name"', 'template');
    if (body ?? html ?? text)
      context.fail('comes from the template; leave it out', body ? 'body' : html ? 'html' : 'text');
    return;
  }
  if (template) context.fail('is for the action "sendTemplate"', 'template');
  if (subject === undefined) context.fail('is needed', 'subject');
  if ((body?.html ?? body?.text ?? html ?? text ?? null) === null) context.fail('needs "html" or "text"', 'body');
}
