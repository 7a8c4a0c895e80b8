import { parseKeyring } from '#libs/sealing';
import { unwrapKey, wrapKey } from './key-wrap.js';
import type { OrganizationKeyRepository } from './organization-key.repository.js';

/** Each batch is a transaction of a few milliseconds. */
const BATCH = 100;

/**
 * Wraps every data key with the first key of the keyring, so that the others can be dropped. The data keys stay the same, so nothing that
 * they seal is touched and running servers do not notice. What is done stays done: it can be stopped and started again at any time.
 * @returns how many keys were wrapped anew
 * @throws SealError when a data key is wrapped by a key that the keyring lacks
 */
export async function rewrapKeys(
  keys: OrganizationKeyRepository,
  encryptionKey: string,
  progress: (done: number) => void = () => undefined,
): Promise<number> {
  const keyring = parseKeyring(encryptionKey);
  let done = 0;
  for (;;) {
    const count = await keys.rewrapSome(keyring.first.id, BATCH, (wrapped) =>
      wrapKey(keyring, wrapped.organizationId, unwrapKey(keyring, wrapped)),
    );
    if (count === 0) return done;
    done += count;
    progress(done);
  }
}
