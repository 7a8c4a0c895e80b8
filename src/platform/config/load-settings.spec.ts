import { describe, expect, it } from 'vitest';
import { loadSettings } from './load-settings.js';

describe('settings', () => {
  it('have defaults, and an empty variable counts as not set', () => {
    expect(loadSettings({ PORT: '' })).toMatchObject({ PORT: 3000, ROLE: 'all', DATA_DIR: './.data' });
  });

  it('are read from variables of the same name', () => {
    expect(loadSettings({ PORT: '0', ROLE: 'worker', DATABASE_URL: 'postgres://u:p@localhost:5432/db' })).toMatchObject(
      {
        PORT: 0,
        ROLE: 'worker',
        DATABASE_URL: 'postgres://u:p@localhost:5432/db',
      },
    );
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['ROLE', 'both'],
    ['DATABASE_URL', 'mysql://localhost/db'],
    ['REDIS_URL', 'localhost:6379'],
    ['BOOTSTRAP_API_KEY', 'secret'],
    ['OUTBOUND_PORTS', 'all'],
    ['OUTBOUND_SMTP_PORTS', 'all'],
    ['SMTP_URL', 'https://mail.example.com'],
    ['EMAIL_FROM', 'nobody'],
    ['MAX_BODY_BYTES', '1e9'],
    ['CODE_ENABLED', 'no'],
    ['CODE_PROCESSES', '0'],
  ])('a wrong %s stops the start and is named', (name, value) => {
    expect(() => loadSettings({ [name]: value })).toThrow(new RegExp(`\\n  ${name}: must `));
  });

  it('all wrong settings are named at once', () => {
    expect(() => loadSettings({ PORT: 'x', ROLE: 'y' })).toThrow(/PORT: [^]*ROLE: /);
  });
});
