import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSafeHttp, type SafeHttp, SafeHttpError } from '#libs/safe-http';
import { conformanceChecks, type Trial } from '../../libs/connector-kit/conformance.js';
import { CONNECTORS } from '../../src/connectors/connectors.module.js';
import { EmailConnector } from '../../src/connectors/email/email.connector.js';
import { HttpConnector } from '../../src/connectors/http/http.connector.js';
import { SlackConnector } from '../../src/connectors/slack/slack.connector.js';
import { StripeConnector } from '../../src/connectors/stripe/stripe.connector.js';
import { loadSettings } from '../../src/platform/config/index.js';
import { Mailer } from '../../src/platform/mail/index.js';
import { openBlockWorld } from '../support/block-world.js';
import { MemoryArtifacts } from '../support/memory-ports.js';

const ROOM = 'src/connectors';
const world = await openBlockWorld();

/** An outside world that gives one answer. */
const answering = (answer: Parameters<Trial['connectorIn']>[0]): SafeHttp => ({
  ...createSafeHttp(),
  request: async ({ url, headers = {}, signal }) => {
    if (signal?.aborted) throw new SafeHttpError('ABORTED', 'The request was aborted.');
    return { ...answer(url, headers), truncated: false, url };
  },
});
const noMail = { connect: () => Promise.reject(new SafeHttpError('CONNECT_FAILED', 'There is no mail server.')) };

/** How each connector is tried. A new one is refused here until it has a line. */
const TRIALS: Record<string, Trial> = {
  email: {
    connectorIn: () => new EmailConnector(new Mailer(loadSettings({}), noMail), new MemoryArtifacts()),
    connections: [
      {
        credentials: { username: 'mailer-user', password: 'canary-password' },
        settings: { host: 'smtp.example.com', from: 'a@example.com' },
      },
    ],
  },
  http: {
    connectorIn: (answer) => new HttpConnector(answering(answer), new MemoryArtifacts()),
    connections: [
      { credentials: { token: 'canary-bearer-token' }, settings: { baseUrl: 'https://api.example.com/v1' } },
      {
        credentials: { username: 'canary-user', password: 'canary-password' },
        settings: { baseUrl: 'https://api.example.com' },
      },
      {
        credentials: { apiKey: 'canary-api-key' },
        settings: { baseUrl: 'https://api.example.com', headerName: 'X-Shop', testPath: '/me' },
      },
      { credentials: {}, settings: { baseUrl: 'https://api.example.com' } },
    ],
  },
  slack: {
    connectorIn: (answer) => new SlackConnector(answering(answer)),
    connections: [
      { credentials: { botToken: 'xoxb-canary-token' }, settings: {} },
      { credentials: { webhookUrl: 'https://hooks.slack.com/services/canary' }, settings: {} },
    ],
  },
  stripe: {
    connectorIn: (answer) => new StripeConnector(answering(answer)),
    connections: [{ credentials: { apiKey: 'sk_test_canary_key' }, settings: { apiBase: 'https://api.stripe.com' } }],
  },
};

describe('connectors', () => {
  it('are all provided by the module', () => {
    expect(world.connectors.connectors.map(({ constructor }) => constructor)).toEqual(CONNECTORS);
  });

  it('live in a folder each, named after the connector, with a spec and a short README', () => {
    const folders = readdirSync(ROOM, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).sort();
    expect(names).toEqual(world.connectors.connectors.map(({ name }) => name).sort());
    expect(names).toEqual(Object.keys(TRIALS).sort());
    for (const name of names) {
      expect(readdirSync(`${ROOM}/${name}`)).toContain(`${name}.connector.spec.ts`);
      expect(readFileSync(`${ROOM}/${name}/README.md`, 'utf8').split('\n').slice(11)).toEqual([]);
    }
  });
});

describe.each(Object.entries(TRIALS))('%s', (_name, trial) => {
  it.each(conformanceChecks(trial).map((check) => [check.name, check] as const))('%s', async (_check, { run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
