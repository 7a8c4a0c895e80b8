import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import { ALGORITHMS, type Algorithm, ENCODINGS, type Encoding, SCHEMES, type Scheme } from '#libs/webhook-signatures';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const IS_HEADER_NAME = { message: 'must be the name of a header' };

/** Where the sender's id of an event stands. Give one of the two. */
export class EventIdPlaceDto {
  /**
   * In this header; none that holds a secret or a signature, because the id is written down.
   * @example X-Event-Id
   */
  @IsOptional()
  @Matches(HEADER_NAME, IS_HEADER_NAME)
  header?: string;

  /**
   * In the JSON body, under these members, separated by dots.
   * @example event.id
   */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  path?: string;
}

/** How the sender proves that a webhook is its own. */
export class WebhookVerificationDto {
  /**
   * `bearer`: it sends the secret, in `Authorization: Bearer` or as `?token=`. `hmac`: an HMAC of the raw body in a header. `github`, `stripe`,
   * `slack`, `standard_webhooks`: as these sign their webhooks.
   * @example github
   */
  @IsIn(SCHEMES)
  scheme: Scheme;

  /**
   * For `hmac`: the header that holds the signature.
   * @example X-Acme-Signature
   */
  @IsOptional()
  @Matches(HEADER_NAME, IS_HEADER_NAME)
  header?: string;

  /**
   * For `hmac`: the hash; sha256 by default.
   * @example sha256
   */
  @IsOptional()
  @IsIn(ALGORITHMS)
  algorithm?: Algorithm;

  /**
   * For `hmac`: how the signature is written; hex by default.
   * @example hex
   */
  @IsOptional()
  @IsIn(ENCODINGS)
  encoding?: Encoding;

  /**
   * For `hmac`: what stands before the signature in the header; nothing by default.
   * @example "sha256="
   */
  @IsOptional()
  @IsString()
  @Length(0, 50)
  prefix?: string;

  /**
   * For `stripe`, `slack` and `standard_webhooks`: how many seconds the time of sending may be from now, either way; 300 by default.
   * @example 300
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  toleranceSeconds?: number;

  /**
   * By what the same event is recognised when it is sent again within 24 hours. By default what GitHub, Stripe, Slack and Standard Webhooks
   * have for it, and for the other schemes nothing.
   */
  @IsOptional()
  @ValidateNested()
  @Type(() => EventIdPlaceDto)
  eventId?: EventIdPlaceDto;
}
