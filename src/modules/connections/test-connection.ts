import { Injectable } from '@nestjs/common';
import { ConnectionFailure, secretsOf, type TestResult } from '#libs/connector-kit';
import { invalidStatus } from '../../platform/errors/index.js';
import type { ConnectionEntity } from './connection.entity.js';
import { connectionNotFound } from './connection.errors.js';
import { ConnectionReader } from './connection-reader.js';
import { ConnectionRepository } from './connection.repository.js';
import type { ConnectionTestDto } from './dto/connection.dto.js';
import { OpenConnections } from './open-connections.js';
import { Providers } from './providers.js';

const TIMEOUT_MS = 15_000;
/** Characters of a provider's answer that are kept. */
const LONGEST_MESSAGE = 500;

/** Asks a provider whether it accepts a connection, and keeps what it said. */
@Injectable()
export class TestConnection {
  constructor(
    private readonly connections: ConnectionRepository,
    private readonly vault: OpenConnections,
    private readonly providers: Providers,
    private readonly reader: ConnectionReader,
  ) {}

  /** @throws DomainError NOT_FOUND, INVALID_STATUS for one that has never been authorized */
  async execute(organizationId: string, id: string): Promise<ConnectionTestDto> {
    const connection = await this.connections.findSealed(organizationId, id);
    if (!connection) throw connectionNotFound();
    if (connection.credentials === null) {
      throw invalidStatus(`The connection has to be authorized first. Current status: ${connection.status}`);
    }
    const result = await this.ask(connection);
    // A renewal on the way has changed the credentials of an OAuth connection.
    const tested =
      connection.authType === 'oauth2' ? await this.connections.findSealed(organizationId, id) : connection;
    await this.connections.recordTest(tested ?? connection, {
      error: result.ok ? null : result.message,
      externalAccountId: (result.ok && result.externalAccountId) || null,
    });
    return {
      ok: result.ok,
      message: result.ok ? null : result.message,
      connection: await this.reader.get(organizationId, id),
    };
  }

  private async ask(connection: ConnectionEntity): Promise<TestResult> {
    try {
      const opened = await this.vault.openFresh(connection);
      const provider = this.providers.get(connection.provider, 'provider');
      const result = await provider.connection.test(opened, AbortSignal.timeout(TIMEOUT_MS));
      if (result.ok) return result;
      return { ok: false, message: withoutSecrets(result.message, secretsOf(opened)).slice(0, LONGEST_MESSAGE) };
    } catch (error) {
      if (!(error instanceof ConnectionFailure)) throw error;
      return { ok: false, message: error.message };
    }
  }
}

/** A provider may repeat what it was sent. */
const withoutSecrets = (message: string, secrets: readonly string[]): string =>
  secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message);
