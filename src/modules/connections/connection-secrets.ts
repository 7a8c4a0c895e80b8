import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { Encryption } from '../../platform/encryption/index.js';
import type { ConnectionEntity } from './connection.entity.js';

/** Shorter texts would be told by their last four characters. */
const SHORTEST_SHOWN = 12;
const SHOWN = 4;
const MASK = '••••';

/** Seals and opens the credentials of connections. */
@Injectable()
export class ConnectionSecrets {
  constructor(private readonly encryption: Encryption) {}

  seal(organizationId: string, connectionId: string, credentials: JsonObject): Promise<string> {
    return this.encryption.seal(organizationId, fieldOf(connectionId), JSON.stringify(credentials));
  }

  /**
   * Empty for a connection that has none yet.
   * @throws DecryptionFailed when they were changed or belong to another connection
   */
  async open({ organizationId, id, credentials }: ConnectionEntity): Promise<JsonObject> {
    if (credentials === null) return {};
    return JSON.parse(await this.encryption.open(organizationId, fieldOf(id), credentials)) as JsonObject;
  }
}

const fieldOf = (connectionId: string): string => `connection|${connectionId}|credentials`;

/** What may be shown of each credential: the last four characters of a text that is long enough to keep the rest secret. */
export const hintsOf = (credentials: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(credentials).map(([member, value]) => [
      member,
      typeof value === 'string' && value.length >= SHORTEST_SHOWN ? MASK + value.slice(-SHOWN) : MASK,
    ]),
  );
