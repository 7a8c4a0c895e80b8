import { Injectable } from '@nestjs/common';
import { ConnectionFailure } from '#libs/connector-kit';
import { formatId, parseId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import { type ChosenConnection, RunConnections } from '../runs/index.js';
import type { RequiredConnection } from '../workflows/index.js';
import { type Candidate, chooseConnection } from './choose-connection.js';
import { connectionRequired, invalid } from './connection.errors.js';
import { ConnectionRepository } from './connection.repository.js';

/** Refuses runs that could not work, before they start. */
@Injectable()
export class CheckConnections implements RunConnections {
  constructor(private readonly connections: ConnectionRepository) {}

  async check(
    organizationId: string,
    named: string | null,
    required: readonly RequiredConnection[],
  ): Promise<ChosenConnection | null> {
    if (named === null && required.length === 0) return null;
    const chosen = named === null ? null : parseId('conn', named);
    if (named !== null && chosen === null) throw unknown(named);
    const choices = required.map(({ provider, named: inStep }) => ({ provider, named: inStep, chosen }));
    // The chosen one is looked up also where no step says that it needs any.
    const asked = chosen === null ? choices : [...choices, { provider: '', named: null, chosen }];
    const found = await this.connections.findCandidates(organizationId, asked);
    const connection = chosen === null ? null : (found.at(-1)?.find(({ id }) => id === chosen) ?? null);
    if (named !== null && !connection) throw unknown(named);
    choices.forEach((choice, index) => assertUsable(found[index] ?? [], choice, required[index]));
    return connection && toChosen(connection);
  }

  async find(organizationId: string, id: string): Promise<ChosenConnection | null> {
    const bare = parseId('conn', id);
    const connection = bare && (await this.connections.find(organizationId, bare));
    return connection ? toChosen(connection) : null;
  }
}

function assertUsable(
  candidates: readonly Candidate[],
  choice: Parameters<typeof chooseConnection>[1],
  required: RequiredConnection | undefined,
): void {
  try {
    chooseConnection(candidates, choice);
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) throw error;
    throw connectionRequired(`Step "${required?.stepId}" needs a connection. ${error.message}.`, {
      details: [{ path: ['connectionId'], message: error.message }],
    });
  }
}

const unknown = (named: string) =>
  invalid(`"${named.slice(0, 100)}" is no connection of this organization`, 'connectionId');

const toChosen = ({ id, name, provider, externalAccountId, settings }: Candidate): ChosenConnection => ({
  id,
  shown: { id: formatId('conn', id), name, provider, externalAccountId, settings: settings as JsonObject },
});
