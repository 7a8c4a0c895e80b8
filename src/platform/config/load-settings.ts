import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { API_KEY_PATTERN, isWellFormedApiKey, withChecksum } from '#libs/ids';
import { KeyringError, parseKeyring } from '#libs/sealing';
import { Settings } from './settings.js';

/** Thrown at start when a setting is not valid; the message has one line per setting, each opening with its name. */
export class InvalidSettings extends Error {
  /** The message alone: its reader is an operator, not a developer. */
  override toString(): string {
    return this.message;
  }
}

/** Reads and validates the settings. An empty variable counts as not set. */
export function loadSettings(env: NodeJS.ProcessEnv): Readonly<Settings> {
  const known = Object.keys(env).filter((name) => SETTING_NAMES.has(name) && env[name] !== '');
  const settings = plainToInstance(Settings, Object.fromEntries(known.map((name) => [name, env[name]])));
  const problems = validateSync(settings).map((error) => {
    const rules = Object.values(error.constraints ?? {}).map((rule) => rule.replace(`${error.property} `, ''));
    return `${error.property}: ${rules.join('; ')}`;
  });
  const key = settings.BOOTSTRAP_API_KEY;
  if (key !== undefined && API_KEY_PATTERN.test(key) && !isWellFormedApiKey(key)) {
    problems.push(`BOOTSTRAP_API_KEY: must end in its checksum, which for this key is ${withChecksum(key).slice(-6)}`);
  }
  problems.push(...encryptionKeyProblems(settings));
  if (problems.length > 0)
    throw new InvalidSettings(`Runhook cannot start. Invalid settings:\n  ${problems.join('\n  ')}`);
  return Object.freeze(settings);
}

function encryptionKeyProblems({ ENCRYPTION_KEY }: Settings): string[] {
  try {
    if (ENCRYPTION_KEY !== undefined) parseKeyring(ENCRYPTION_KEY);
    return [];
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    return [`ENCRYPTION_KEY: ${error.message}`];
  }
}

const OPTIONAL = [
  'DATABASE_URL',
  'REDIS_URL',
  'BOOTSTRAP_API_KEY',
  'OUTBOUND_ALLOW',
  'ENCRYPTION_KEY',
  'PUBLIC_URL',
  'OAUTH_REDIRECT_URLS',
  'SMTP_URL',
  'EMAIL_FROM',
  'CODE_PROCESSES',
  'FAULT_AT',
];
const SETTING_NAMES = new Set([...Object.keys(new Settings()), ...OPTIONAL]);
