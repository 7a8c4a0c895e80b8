import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parse, stringify } from 'uuid';
import { type DecisionLink, DecisionLinks, type DecisionPlace } from '#libs/block-kit';
import { Settings } from '../../platform/config/index.js';
import { Encryption } from '../../platform/encryption/index.js';

const PURPOSE = 'approval-links';
const UUID_BYTES = 16;
/** Of the HMAC-SHA256 that are kept. */
const SIGNATURE_BYTES = 16;
const LONGEST_TOKEN = 2_000;

/**
 * Links of approvals: `/api/v1/approvals?token=…`, where the token names organization, run and step and is signed with a key of the
 * organization's. Nothing is stored; the token says what it is for, and the step's own state says whether that is still possible.
 */
@Injectable()
export class ApprovalLinks extends DecisionLinks {
  constructor(
    private readonly encryption: Encryption,
    private readonly settings: Settings,
  ) {
    super();
  }

  /** Null without an encryption key, since there is nothing to sign with. */
  override async create(place: DecisionPlace): Promise<DecisionLink | null> {
    const key = await this.encryption.derive(place.organizationId, PURPOSE);
    if (key === null) return null;
    const claim = Buffer.concat([parse(place.organizationId), parse(place.runId), Buffer.from(place.stepId)]);
    const secret = Buffer.concat([sign(key, claim), claim]).toString('base64url');
    return { url: `${this.settings.publicUrl}/api/v1/approvals?token=${secret}`, secret };
  }

  /** What a token is for; null when it is not one of ours. */
  async verify(token: string): Promise<DecisionPlace | null> {
    if (token.length > LONGEST_TOKEN || !/^[\w-]+$/.test(token)) return null;
    const bytes = Buffer.from(token, 'base64url');
    const claim = bytes.subarray(SIGNATURE_BYTES);
    if (claim.length <= 2 * UUID_BYTES) return null;
    const place = {
      organizationId: stringify(claim.subarray(0, UUID_BYTES)),
      runId: stringify(claim.subarray(UUID_BYTES, 2 * UUID_BYTES)),
      stepId: claim.subarray(2 * UUID_BYTES).toString(),
    };
    const key = await this.encryption.findDerived(place.organizationId, PURPOSE);
    if (key === null || !timingSafeEqual(sign(key, claim), bytes.subarray(0, SIGNATURE_BYTES))) return null;
    return place;
  }
}

const sign = (key: Buffer, claim: Uint8Array): Buffer =>
  createHmac('sha256', key).update(claim).digest().subarray(0, SIGNATURE_BYTES);
