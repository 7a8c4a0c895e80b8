import { hkdfSync } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { generateKey, type Key, type Keyring, keyIdOf, openSealed, parseKeyring, seal, SealError } from '#libs/sealing';
import { LruCache } from '../cache/index.js';
import { InvalidSettings, Settings } from '../config/index.js';
import { noEncryptionKey } from './encryption.errors.js';
import { unwrapKey, wrapKey } from './key-wrap.js';
import { OrganizationKeyRepository, type WrappedKey } from './organization-key.repository.js';

/** A sealed text does not open: it was changed, moved from another field or organization, or its key is gone. The message holds no secret. */
export class DecryptionFailed extends Error {
  override readonly name = 'DecryptionFailed';
}

/** Data keys that stay in memory, of as many organizations. */
const KEYS_KEPT = 1_000;

/** Seals and opens what an organization keeps secret. */
@Injectable()
export class Encryption implements OnModuleInit {
  private readonly keyring: Keyring | null;
  /** Data keys by organization and id. */
  private readonly opening = new LruCache<string, Promise<Key>>(KEYS_KEPT);
  /** The data key with which an organization's next text is sealed. */
  private readonly sealing = new LruCache<string, Promise<Key>>(KEYS_KEPT);

  constructor(
    { ENCRYPTION_KEY }: Settings,
    private readonly keys: OrganizationKeyRepository,
  ) {
    this.keyring = ENCRYPTION_KEY === undefined ? null : parseKeyring(ENCRYPTION_KEY);
  }

  /** @throws InvalidSettings when a key that is in use is missing or another one: the start fails before anything is half readable */
  async onModuleInit(): Promise<void> {
    for (const sample of await this.keys.sampleByWrappingKey()) this.assertOpens(sample);
  }

  /** @throws DomainError ENCRYPTION_NOT_CONFIGURED, for those who must know before they begin */
  assertConfigured(): void {
    this.requireKeyring();
  }

  /**
   * @param field where the text will be kept, such as `connections.credentials:<id>`; it opens only as that
   * @throws DomainError ENCRYPTION_NOT_CONFIGURED
   */
  async seal(organizationId: string, field: string, text: string): Promise<string> {
    return seal(await this.sealingKey(organizationId), [organizationId, field], text);
  }

  /**
   * @throws DecryptionFailed when the text is not what was sealed for this field of this organization
   * @throws DomainError ENCRYPTION_NOT_CONFIGURED
   */
  async open(organizationId: string, field: string, sealed: string): Promise<string> {
    const keyring = this.requireKeyring();
    try {
      const key = await this.openingKey(keyring, organizationId, keyIdOf(sealed));
      return openSealed(key, [organizationId, field], sealed);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new DecryptionFailed(`A stored secret (${field}) cannot be decrypted: ${error.message}`, { cause: error });
    }
  }

  /**
   * A key of the organization's for another purpose than sealing, always the same.
   * @returns null on a server without ENCRYPTION_KEY
   */
  async derive(organizationId: string, purpose: string): Promise<Buffer | null> {
    return this.keyring === null ? null : deriveFrom(await this.sealingKey(organizationId), purpose);
  }

  /** The same for an organization that may not exist; null also when it has never had a key. */
  async findDerived(organizationId: string, purpose: string): Promise<Buffer | null> {
    if (this.keyring === null || !(await this.keys.findNewest(organizationId))) return null;
    return this.derive(organizationId, purpose);
  }

  private requireKeyring(): Keyring {
    if (!this.keyring) throw noEncryptionKey();
    return this.keyring;
  }

  private sealingKey(organizationId: string): Promise<Key> {
    const keyring = this.requireKeyring();
    return remember(this.sealing, organizationId, async () => {
      const wrapped =
        (await this.keys.findNewest(organizationId)) ??
        (await this.keys.createFirst(organizationId, (id) => wrapKey(keyring, organizationId, generateKey(id))));
      if (!wrapped) throw new Error('a text cannot be sealed for an organization that does not exist');
      return unwrapKey(keyring, wrapped);
    });
  }

  private openingKey(keyring: Keyring, organizationId: string, id: string): Promise<Key> {
    return remember(this.opening, `${organizationId} ${id}`, async () => {
      const wrapped = UUID.test(id) ? await this.keys.find(organizationId, id) : null;
      if (!wrapped) throw new SealError('UNKNOWN_KEY', 'it was sealed with a key that this organization does not have');
      return unwrapKey(keyring, wrapped);
    });
  }

  private assertOpens(sample: WrappedKey): void {
    const id = keyIdOf(sample.wrappedKey);
    const problem = (message: string) => new InvalidSettings(`Runhook cannot start. ENCRYPTION_KEY: ${message}`);
    if (!this.keyring?.find(id)) {
      throw problem(`the key "${id}" is missing, with which secrets in the database are encrypted; add it to the list`);
    }
    try {
      unwrapKey(this.keyring, sample);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw problem(`the key "${id}" is not the one with which secrets in the database are encrypted`);
    }
  }
}

const DERIVED_BYTES = 32;

/** RFC 5869. */
const deriveFrom = ({ bytes }: Key, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', bytes, '', purpose, DERIVED_BYTES));

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Concurrent callers share one look-up; a failed one is forgotten. */
function remember(cache: LruCache<string, Promise<Key>>, name: string, load: () => Promise<Key>): Promise<Key> {
  const known = cache.get(name);
  if (known) return known;
  const loading = load();
  cache.set(name, loading);
  loading.catch(() => cache.delete(name));
  return loading;
}
