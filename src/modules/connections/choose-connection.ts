import { ConnectionAbsent, type ConnectionChoice, ConnectionFailure } from '#libs/connector-kit';
import { formatId, parseId } from '#libs/ids';
import type { Connection } from './connection.entity.js';

/** What is known of a connection when one is chosen. */
export type Candidate = Pick<
  Connection,
  'id' | 'name' | 'provider' | 'status' | 'error' | 'externalAccountId' | 'settings'
>;

/** As many candidates are named in a message. */
export const MOST_NAMED = 5;

/**
 * Which connection to use: what the step names, else what the run's caller chose, if it is of this provider, else the provider's only active
 * one. A chosen connection that is gone is never replaced by another: that one may be somebody else's account.
 * @param candidates at least those named and chosen, and of the others of the provider one more than a message names, active ones first
 * @throws ConnectionFailure, whose message names the connection or the provider; ConnectionAbsent when there is none and none was named
 */
export function chooseConnection(
  candidates: readonly Candidate[],
  { provider, named, chosen }: Omit<ConnectionChoice, 'organizationId'>,
): Candidate {
  if (named !== null) return usable(findNamed(candidates, provider, named));
  if (chosen !== null) {
    const connection = candidates.find(({ id }) => id === chosen);
    if (!connection) throw new ConnectionFailure(`The connection ${formatId('conn', chosen)} does not exist any more`);
    if (connection.provider === provider) return usable(connection);
  }
  return theOnly(
    candidates.filter((candidate) => candidate.provider === provider),
    provider,
  );
}

function findNamed(candidates: readonly Candidate[], provider: string, named: string): Candidate {
  const id = parseId('conn', named);
  const connection =
    candidates.find((candidate) => candidate.id === id) ??
    candidates.find((candidate) => candidate.name === named && candidate.provider === provider);
  if (!connection) throw new ConnectionFailure(`There is no ${provider} connection "${named}"`);
  if (connection.provider === provider) return connection;
  throw new ConnectionFailure(`${label(connection)} is of the provider ${connection.provider}, not ${provider}`);
}

function theOnly(candidates: readonly Candidate[], provider: string): Candidate {
  const active = candidates.filter(({ status }) => status === 'active');
  const [only, another] = active;
  if (only && !another) return only;
  if (only) {
    throw new ConnectionFailure(
      `There are several active ${provider} connections (${listed(active)}); name one in the step, or choose one with connectionId`,
    );
  }
  const [inactive, other] = candidates;
  if (!inactive) throw new ConnectionAbsent(`There is no ${provider} connection`);
  if (!other) return usable(inactive);
  throw new ConnectionFailure(`None of the ${provider} connections is active (${listed(candidates)})`);
}

function usable(connection: Candidate): Candidate {
  if (connection.status === 'active') return connection;
  const why = connection.error === null ? '' : `: ${connection.error}`;
  throw new ConnectionFailure(`${label(connection)} is not active but ${connection.status}${why}`);
}

const label = ({ id, name, provider }: Candidate): string =>
  `The ${provider} connection "${name}" (${formatId('conn', id)})`;

function listed(candidates: readonly Candidate[]): string {
  const names = candidates.slice(0, MOST_NAMED).map(({ name, status }) => `"${name}"${suffix(status)}`);
  return [...names, ...(candidates.length > MOST_NAMED ? ['…'] : [])].join(', ');
}

const suffix = (status: Candidate['status']): string => (status === 'active' ? '' : ` ${status}`);
