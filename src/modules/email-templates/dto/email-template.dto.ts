import { IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { formatId } from '#libs/ids';
import type { EmailTemplateEntity } from '../email-template.entity.js';

const NAME = /^[^\p{Cc}]{1,100}$/u;
const NAME_RULE = { message: 'must be 1 to 100 characters without line breaks' };
const LONGEST_TEXT = 100_000;

/** A new email template: `subject` and at least one of `html` and `text`. */
export class CreateEmailTemplateDto {
  /**
   * By which steps name it; unique in the organization.
   * @example order-confirmed
   */
  @IsString()
  @Matches(NAME, NAME_RULE)
  name: string;

  /**
   * What the template is for.
   * @example "Sent when an order is paid"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  /**
   * Subject line, a Liquid template: `{{ name }}` or `{{ variables.name }}` is what the step gives as `variables.name`.
   * @example "Order {{ orderId }} confirmed"
   */
  @IsString()
  @Length(1, 2_000)
  subject: string;

  /**
   * The message as HTML, a Liquid template. Whatever it puts in is escaped; `{{ markup | raw }}` is not.
   * @example "<p>Thank you, {{ name }}!</p>"
   */
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  html?: string;

  /**
   * The message as plain text, a Liquid template.
   * @example "Thank you, {{ name }}!"
   */
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  text?: string;
}

/** A change of an email template. Members left out stay as they are. */
export class UpdateEmailTemplateDto {
  /**
   * By which steps name it; unique in the organization.
   * @example order-confirmed
   */
  @IsOptional()
  @IsString()
  @Matches(NAME, NAME_RULE)
  name?: string;

  /**
   * What the template is for; null removes it.
   * @example "Sent when an order is paid"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string | null;

  /**
   * Subject line, a Liquid template.
   * @example "Order {{ orderId }} confirmed"
   */
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  subject?: string;

  /**
   * The message as HTML, a Liquid template; null removes it.
   * @example "<p>Thank you, {{ name }}!</p>"
   */
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  html?: string | null;

  /**
   * The message as plain text, a Liquid template; null removes it.
   * @example "Thank you, {{ name }}!"
   */
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  text?: string | null;
}

/** An email template. */
export class EmailTemplateDto {
  /**
   * Unique identifier of the template.
   * @example tmpl_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * By which steps name it.
   * @example order-confirmed
   */
  name: string;

  /**
   * What the template is for; null without one.
   * @example "Sent when an order is paid"
   */
  description: string | null;

  /**
   * Subject line.
   * @example "Order {{ orderId }} confirmed"
   */
  subject: string;

  /**
   * The message as HTML; null without one.
   * @example "<p>Thank you, {{ name }}!</p>"
   */
  html: string | null;

  /**
   * The message as plain text; null without one.
   * @example "Thank you, {{ name }}!"
   */
  text: string | null;

  /**
   * When the template was created (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When the template was last changed (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  updatedAt: string;
}

export const toEmailTemplateDto = (template: EmailTemplateEntity): EmailTemplateDto => ({
  id: formatId('tmpl', template.id),
  name: template.name,
  description: template.description,
  subject: template.subject,
  html: template.html,
  text: template.text,
  createdAt: template.createdAt.toISOString(),
  updatedAt: template.updatedAt.toISOString(),
});
