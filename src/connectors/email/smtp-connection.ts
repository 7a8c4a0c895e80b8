import type { OpenConnection } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import type { SmtpAccount } from '../../platform/mail/index.js';

export const CREDENTIALS: JsonObject = {
  type: 'object',
  additionalProperties: false,
  dependentRequired: { username: ['password'], password: ['username'] },
  properties: {
    username: { type: 'string', minLength: 1, description: 'Name to log in with; without one nobody logs in.' },
    password: {
      type: 'string',
      minLength: 1,
      description: 'Password, or the API key that the provider takes in its place.',
    },
  },
};

export const SETTINGS: JsonObject = {
  type: 'object',
  required: ['host'],
  additionalProperties: false,
  properties: {
    host: {
      type: 'string',
      pattern: '^[A-Za-z0-9.:_-]{1,253}$',
      description: 'Mail server.',
      examples: ['smtp.example.com'],
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      description: 'Its port; 465 with `secure`, else 587, by default.',
    },
    secure: {
      type: 'boolean',
      description: 'TLS from the start; on port 465 by default. Otherwise the connection begins in the clear.',
    },
    requireTLS: {
      type: 'boolean',
      description:
        'Without `secure`: refuse to go on without STARTTLS. True by default, save for a server on this machine.',
    },
    from: { type: 'string', minLength: 3, maxLength: 320, description: 'Sender, as an address or `Name <address>`.' },
  },
};

export function accountOf({ credentials, settings }: OpenConnection): SmtpAccount {
  const { host, port, secure, requireTLS } = settings;
  const { username, password } = credentials;
  const isSecure = typeof secure === 'boolean' ? secure : port === 465;
  return {
    host: typeof host === 'string' ? host : '',
    port: typeof port === 'number' ? port : isSecure ? 465 : 587,
    secure: isSecure,
    requireTLS: typeof requireTLS === 'boolean' ? requireTLS : null,
    username: typeof username === 'string' ? username : null,
    password: typeof password === 'string' ? password : null,
  };
}
