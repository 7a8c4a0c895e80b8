import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';
import { TextOrList } from '../templated.decorator.js';

/** The text of a message in one or both forms. */
export class EmailBodyDto {
  /**
   * As HTML.
   * @example "<p>Thank you for your order!</p><p>Total: ${{steps.calculate-total.output.total}}</p>"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100_000)
  html?: string;

  /**
   * As plain text.
   * @example "Thank you for your order! Total: ${{steps.calculate-total.output.total}}"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100_000)
  text?: string;
}

/** Which email template to send, and with what. */
export class EmailTemplateReferenceDto {
  /**
   * Id or name of the template; may be a template itself.
   * @example order-confirmed
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  id?: string;

  /**
   * Same as `id`.
   * @example order-confirmed
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  name?: string;

  /**
   * What the template may put in, by name; strings may hold templates.
   * @example { "name": "{{input.name}}", "total": "{{steps.calculate-total.output.total}}" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  variables?: Record<string, Json>;
}

/** A file that goes with the message: content of its own, or an artifact of the run. */
export class EmailAttachmentDto {
  /**
   * Name of the file; the artifact's by default.
   * @example invoice.pdf
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  filename?: string;

  /**
   * The content; may be a template.
   * @example "{{steps.report.output.csv}}"
   */
  @IsOptional()
  @IsString()
  content?: string;

  /**
   * How `content` is written; `utf8` by default.
   * @example base64
   */
  @IsOptional()
  @IsIn(['utf8', 'base64'])
  encoding?: 'utf8' | 'base64';

  /**
   * Media type; by the name of the file by default.
   * @example application/pdf
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  contentType?: string;

  /**
   * Name of an artifact that an earlier step saved, in place of `content`.
   * @example invoice.pdf
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  artifact?: string;
}

/** Sends an email message. Every text may hold templates. */
export class EmailConfigDto {
  /**
   * What to do: `send` (the default) sends `body`, `sendTemplate` a stored template.
   * @example send
   */
  @IsOptional()
  @IsIn(['send', 'sendTemplate'])
  action?: 'send' | 'sendTemplate';

  /**
   * How mail is sent. SMTP is the only way: for any email service make an `email` connection with its SMTP server.
   * @example smtp
   */
  @IsOptional()
  @IsIn(['smtp'], { message: 'must be "smtp": make an email connection with the SMTP server of your email service' })
  provider?: 'smtp';

  /**
   * Id or name of the email connection to send through; by default the run's, the only one, or the server's own mail server.
   * @example "Order mail"
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  connection?: string;

  /**
   * Recipient, or a list of them; a template may become a list.
   * @example "{{input.customerEmail}}"
   */
  @TextOrList()
  to: string | string[];

  /**
   * Subject line; with `sendTemplate` in place of the template's.
   * @example "Order Confirmed - Invoice #{{steps.create-invoice.output.number}}"
   */
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  subject?: string;

  /** The message: at least one of `html` and `text`. */
  @IsOptional()
  @ValidateNested()
  @Type(() => EmailBodyDto)
  body?: EmailBodyDto;

  /**
   * Same as `body.html`.
   * @example "<p>Thank you for your order!</p>"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100_000)
  html?: string;

  /**
   * Same as `body.text`.
   * @example "Thank you for your order!"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100_000)
  text?: string;

  /** For `sendTemplate`: the template. */
  @IsOptional()
  @ValidateNested()
  @Type(() => EmailTemplateReferenceDto)
  template?: EmailTemplateReferenceDto;

  /**
   * Sender; the connection's, or the server's own, by default.
   * @example orders@example.com
   */
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  from?: string;

  /**
   * Recipients of a copy.
   * @example ["accounting@example.com"]
   */
  @IsOptional()
  @TextOrList()
  cc?: string | string[];

  /**
   * Recipients of a copy that the others do not see.
   * @example archive@example.com
   */
  @IsOptional()
  @TextOrList()
  bcc?: string | string[];

  /**
   * Where answers go.
   * @example support@example.com
   */
  @IsOptional()
  @TextOrList()
  replyTo?: string | string[];

  /**
   * Same as `replyTo`.
   * @example support@example.com
   */
  @IsOptional()
  @TextOrList()
  reply_to?: string | string[];

  /** Files: each with content of its own, or an artifact of the run. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => EmailAttachmentDto)
  attachments?: EmailAttachmentDto[];
}
