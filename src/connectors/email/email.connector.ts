import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '#libs/artifacts';
import type { ConnectionKind, Connector, OpenConnection, Operation, TestResult } from '#libs/connector-kit';
import { Mailer, MailFailure } from '../../platform/mail/index.js';
import { sendOperation } from './send.operation.js';
import { accountOf, CREDENTIALS, SETTINGS } from './smtp-connection.js';

@Injectable()
export class EmailConnector implements Connector {
  readonly name = 'email';
  readonly title = 'Email';
  readonly description = "Email through an SMTP server: a connection's, or without one the server's own.";
  readonly operations: readonly Operation[];
  readonly connection: ConnectionKind = {
    optional: true,
    oauth2: false,
    credentials: CREDENTIALS,
    settings: SETTINGS,
    test: (connection, signal) => this.test(connection, signal),
  };

  constructor(
    private readonly mailer: Mailer,
    artifacts: ArtifactStore,
  ) {
    this.operations = [sendOperation(mailer, artifacts)];
  }

  private async test(connection: OpenConnection, signal: AbortSignal): Promise<TestResult> {
    try {
      await this.mailer.verify(accountOf(connection), signal);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      return { ok: false, message: error.message };
    }
  }
}
