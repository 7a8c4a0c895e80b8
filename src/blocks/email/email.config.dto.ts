import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
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

/** Sends an email message. Every text may hold templates. */
export class EmailConfigDto {
  /**
   * What to do; `send` sends at once.
   * @example send
   */
  @IsOptional()
  @IsIn(['send'])
  action?: 'send';

  /**
   * Name of the email provider to send through; the server's own by default.
   * @example resend
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  provider?: string;

  /**
   * Recipient, or a list of them.
   * @example "{{input.customerEmail}}"
   */
  @TextOrList()
  to: string | string[];

  /**
   * Subject line.
   * @example "Order Confirmed - Invoice #{{steps.create-invoice.output.number}}"
   */
  @IsString()
  @Length(1, 2_000)
  subject: string;

  /** The message: at least one of `html` and `text`. */
  @IsDefined()
  @ValidateNested()
  @Type(() => EmailBodyDto)
  body: EmailBodyDto;

  /**
   * Sender; the server's own address by default.
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
  reply_to?: string | string[];
}
