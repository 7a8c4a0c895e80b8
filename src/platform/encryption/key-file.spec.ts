import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseKeyring } from '#libs/sealing';
import { InvalidSettings, loadSettings } from '../config/index.js';
import { KEY_FILE, withEncryptionKey } from './key-file.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runhook-key-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the key of an embedded server', () => {
  it('is made once, readable by its owner only, and read again at the next start', () => {
    const first = withEncryptionKey(loadSettings({ PORT: '4000' }), directory);
    expect(parseKeyring(first.ENCRYPTION_KEY ?? '').ids).toHaveLength(1);
    expect(first.PORT).toBe(4000);
    expect(statSync(join(directory, KEY_FILE)).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual([KEY_FILE]);
    expect(withEncryptionKey(loadSettings({}), directory).ENCRYPTION_KEY).toBe(first.ENCRYPTION_KEY);
  });

  it('is the one that is set, if one is', () => {
    const ENCRYPTION_KEY = `k:${Buffer.alloc(32, 1).toString('base64')}`;
    expect(withEncryptionKey(loadSettings({ ENCRYPTION_KEY }), directory).ENCRYPTION_KEY).toBe(ENCRYPTION_KEY);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is never made anew over a file that cannot be used', () => {
    writeFileSync(join(directory, KEY_FILE), 'nonsense');
    expect(() => withEncryptionKey(loadSettings({}), directory)).toThrow(InvalidSettings);
    expect(() => withEncryptionKey(loadSettings({}), directory)).toThrow(KEY_FILE);
    expect(readFileSync(join(directory, KEY_FILE), 'utf8')).toBe('nonsense');
  });
});

describe('ENCRYPTION_KEY', () => {
  it('is checked with the other settings, without being shown', () => {
    const ENCRYPTION_KEY = 'k:c2VjcmV0';
    expect(() => loadSettings({ ENCRYPTION_KEY })).toThrow(
      /ENCRYPTION_KEY: the key "k" must be the base64 of 32 bytes/,
    );
    expect(() => loadSettings({ ENCRYPTION_KEY })).not.toThrow(/c2VjcmV0/);
  });
});
