import { hkdfSync, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Keyring, type NamedKey, open, parseKeyring, seal } from '#libs/sealing';
import { LruCache } from '../cache/index.js';
import { InvalidSettings, Settings } from '../config/index.js';
import { Database } from '../database/index.js';
import { defineError } from '../errors/index.js';

export const encryptionNotConfigured = defineError(
  'ENCRYPTION_NOT_CONFIGURED',
  'invalid',
  'This needs encryption at rest, and the server has no ENCRYPTION_KEY. Its operator can set one.',
);

const KEYS_KEPT = 1_000;
const DERIVED_BYTES = 32;

/** Seals and opens texts with the data key of their organization. */
@Injectable()
export class Encryption implements OnModuleInit {
  private readonly keyring: Keyring | null;
  private readonly dataKeys = new LruCache<string, Promise<NamedKey | null>>(KEYS_KEPT);

  constructor(
    private readonly database: Database,
    { ENCRYPTION_KEY }: Settings,
  ) {
    this.keyring = ENCRYPTION_KEY === undefined ? null : readKeyring(ENCRYPTION_KEY);
  }

  /** A key that is in use but not at hand would show only when it is needed: the server does not start without it. */
  async onModuleInit(): Promise<void> {
    const { rows } = await this.database.run<{ kid: string }>(LIST_KIDS, []);
    const missing = rows.map(({ kid }) => kid).filter((kid) => !this.keyring?.find(kid));
    if (missing.length === 0) return;
    throw new InvalidSettings(
      `Runhook cannot start. Invalid settings:\n  ENCRYPTION_KEY: must hold the key ${missing.join(', ')}, with which data in this database is encrypted`,
    );
  }

  get isConfigured(): boolean {
    return this.keyring !== null;
  }

  /**
   * @param field what the text is, e.g. `connection|<id>|credentials`: it opens only as that
   * @throws DomainError ENCRYPTION_NOT_CONFIGURED
   */
  async seal(organizationId: string, field: string, text: string): Promise<string> {
    const key = await this.getDataKey(organizationId);
    return seal(key, Buffer.from(text), contextOf(organizationId, field));
  }

  /** @throws SealError for a text of another organization or field, or one that was changed; DomainError ENCRYPTION_NOT_CONFIGURED */
  async open(organizationId: string, field: string, sealed: string): Promise<string> {
    const key = await this.findDataKey(organizationId);
    const find = (kid: string) => (key?.kid === kid ? key : undefined);
    return open({ find }, sealed, contextOf(organizationId, field)).toString();
  }

  /** A key of the organization's for another purpose, always the same; null when the server has no ENCRYPTION_KEY. */
  async derive(organizationId: string, purpose: string): Promise<Buffer | null> {
    return this.keyring === null ? null : deriveFrom(await this.getDataKey(organizationId), purpose);
  }

  /** The same if there is one yet. */
  async findDerived(organizationId: string, purpose: string): Promise<Buffer | null> {
    const key = this.keyring && (await this.findDataKey(organizationId));
    return key && deriveFrom(key, purpose);
  }

  private async getDataKey(organizationId: string): Promise<NamedKey> {
    const known = await this.findDataKey(organizationId);
    if (known) return known;
    const id = randomBytes(6).toString('hex');
    const wrapped = seal(this.demandKeyring().writing, randomBytes(32), wrapContext(organizationId, id));
    await this.database.run(INSERT_KEY, [organizationId, id, wrapped]);
    // Another process may have been first; its key counts then.
    this.dataKeys.delete(organizationId);
    const made = await this.findDataKey(organizationId);
    if (!made) throw new Error('the data key was not kept');
    return made;
  }

  private findDataKey(organizationId: string): Promise<NamedKey | null> {
    const known = this.dataKeys.get(organizationId);
    if (known) return known;
    const loading = this.loadDataKey(organizationId);
    this.dataKeys.set(organizationId, loading);
    loading.then(
      (key) => key ?? this.dataKeys.delete(organizationId),
      () => this.dataKeys.delete(organizationId),
    );
    return loading;
  }

  private async loadDataKey(organizationId: string): Promise<NamedKey | null> {
    const keyring = this.demandKeyring();
    const { rows } = await this.database.run<{ id: string; wrapped: string }>(FIND_KEY, [organizationId]);
    const [row] = rows;
    if (!row) return null;
    return { kid: row.id, key: open(keyring, row.wrapped, wrapContext(organizationId, row.id)) };
  }

  private demandKeyring(): Keyring {
    if (this.keyring) return this.keyring;
    throw encryptionNotConfigured('This server cannot keep secrets: its setting ENCRYPTION_KEY is missing.');
  }
}

/** @throws InvalidSettings */
export function readKeyring(text: string): Keyring {
  try {
    return parseKeyring(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidSettings(`Runhook cannot start. Invalid settings:\n  ENCRYPTION_KEY: ${error.message}`);
  }
}

const contextOf = (organizationId: string, field: string): string => `${organizationId}|${field}`;

/** What a wrapped data key is bound to. */
export const wrapContext = (organizationId: string, id: string): string => `${organizationId}|data-key|${id}`;

const deriveFrom = ({ key }: NamedKey, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', purpose, DERIVED_BYTES));

const LIST_KIDS = {
  name: 'list_key_encryption_kids',
  text: `select distinct split_part(wrapped, '.', 2) as kid from organization_keys order by kid`,
};

const FIND_KEY = {
  name: 'find_organization_key',
  text: 'select id, wrapped from organization_keys where organization_id = $1',
};

const INSERT_KEY = {
  name: 'insert_organization_key',
  text: 'insert into organization_keys (organization_id, id, wrapped) values ($1, $2, $3) on conflict do nothing',
};
