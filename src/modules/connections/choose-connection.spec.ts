import { describe, expect, it } from 'vitest';
import { ConnectionAbsent, ConnectionFailure } from '#libs/connector-kit';
import { formatId, newId } from '#libs/ids';
import { type Candidate, chooseConnection } from './choose-connection.js';

const aCandidate = (changes: Partial<Candidate> = {}): Candidate => ({
  id: newId(),
  name: 'main',
  provider: 'http',
  status: 'active',
  error: null,
  externalAccountId: null,
  settings: {},
  ...changes,
});

const choose = (candidates: Candidate[], choice: { named?: string; chosen?: string; provider?: string } = {}) =>
  chooseConnection(candidates, { provider: 'http', named: null, chosen: null, ...choice });

function failure(candidates: Candidate[], choice: Parameters<typeof choose>[1] = {}): ConnectionFailure {
  try {
    choose(candidates, choice);
  } catch (error) {
    if (error instanceof ConnectionFailure) return error;
    throw error;
  }
  throw new Error('a connection was chosen');
}

describe('the connection of a step', () => {
  const main = aCandidate();
  const other = aCandidate({ name: 'other' });
  const slack = aCandidate({ name: 'main', provider: 'slack' });

  it('is the one it names, by id in either form or by name within the provider', () => {
    for (const named of [other.id, formatId('conn', other.id), 'other'])
      expect(choose([slack, main, other], { named, chosen: main.id })).toBe(other);
    expect(choose([slack, main], { named: 'main' })).toBe(main);
  });

  it('else the one that the caller chose, if it is of the provider', () => {
    expect(choose([main, other], { chosen: other.id })).toBe(other);
    expect(choose([main, slack], { chosen: slack.id })).toBe(main);
  });

  it('else the only active one', () => {
    expect(choose([main, aCandidate({ name: 'old', status: 'expired' })])).toBe(main);
  });
});

describe('a step is told why it gets no connection', () => {
  it('when there is none of the provider', () => {
    expect(failure([])).toBeInstanceOf(ConnectionAbsent);
    expect(failure([]).message).toBe('There is no http connection');
  });

  it('when the one it names does not exist or is of another provider', () => {
    expect(failure([aCandidate()], { named: 'prod' })).not.toBeInstanceOf(ConnectionAbsent);
    expect(failure([aCandidate()], { named: 'prod' }).message).toBe('There is no http connection "prod"');
    const slack = aCandidate({ provider: 'slack' });
    expect(failure([slack], { named: slack.id }).message).toContain('is of the provider slack, not http');
  });

  it('when the chosen one is gone: another one could be somebody else’s account', () => {
    const gone = newId();
    expect(failure([aCandidate()], { chosen: gone }).message).toContain(`${gone} does not exist any more`);
  });

  it('when it is not active, with its status and the reason', () => {
    const expired = aCandidate({ status: 'expired', error: 'authorize it again' });
    for (const choice of [{}, { named: 'main' }, { chosen: expired.id }]) {
      expect(failure([expired], choice).message).toMatch(
        /"main" \(conn_.+\) is not active but expired: authorize it again$/,
      );
    }
    const off = aCandidate({ name: 'off', status: 'disconnected' });
    expect(failure([expired, off]).message).toBe(
      'None of the http connections is active ("main" expired, "off" disconnected)',
    );
  });

  it('when there are several, naming the first few', () => {
    const many = Array.from({ length: 6 }, (_, index) => aCandidate({ name: `c${index}` }));
    expect(failure(many).message).toContain('("c0", "c1", "c2", "c3", "c4", …); name one');
  });
});
