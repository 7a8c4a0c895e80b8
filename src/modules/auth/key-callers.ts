import { Injectable, Module } from '@nestjs/common';
import type { Caller } from './caller.js';
import { toCaller } from './key-verifier.js';
import { ApiKeyRepository } from './keys/api-key.repository.js';

/** Who a key stands for, where no request presents it: a run that it started. */
@Injectable()
export class KeyCallers {
  constructor(private readonly keys: ApiKeyRepository) {}

  /** What the key may do by now; null when it is revoked or expired. */
  async findCaller(organizationId: string, keyId: string): Promise<Caller | null> {
    const known = await this.keys.findById(organizationId, keyId);
    return known?.usable ? toCaller(known, 'bearer') : null;
  }
}

/** Apart from the module that checks requests, which workers do not have. */
@Module({ providers: [ApiKeyRepository, KeyCallers], exports: [KeyCallers] })
export class KeyCallersModule {}
