import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../platform/errors/index.js';
import { checkRedirectUrl, withOutcome } from './redirect-url.js';

const SETTINGS = {
  publicUrl: 'https://runhook.example.com',
  OAUTH_REDIRECT_URLS: 'https://app.example.com/done, https://app.example.com/other?a=1',
};

describe('where a person may be sent', () => {
  it.each([
    'https://runhook.example.com/',
    'https://runhook.example.com/any/path?x=1#y',
    'https://app.example.com/done',
    'https://app.example.com/other?a=1',
  ])('is %s', (url) => {
    expect(checkRedirectUrl(url, SETTINGS)).toBe(url);
  });

  it.each([
    'http://runhook.example.com/',
    'https://runhook.example.com.evil.example/',
    'https://runhook.example.com@evil.example/',
    'https://user@runhook.example.com/',
    'https://app.example.com/',
    'https://app.example.com/done/',
    'https://app.example.com/done?next=//evil.example',
    '//app.example.com/done',
    'javascript:alert(1)',
    'data:text/html,x',
    '',
  ])('is not %j', (url) => {
    expect(() => checkRedirectUrl(url, SETTINGS)).toThrow(DomainError);
  });

  it('is none but the own address where the operator lists none', () => {
    expect(() => checkRedirectUrl('', { publicUrl: SETTINGS.publicUrl })).toThrow(DomainError);
    expect(checkRedirectUrl('https://runhook.example.com/x', { publicUrl: SETTINGS.publicUrl })).toContain('/x');
  });

  it('is told the outcome, which replaces what it was given of that name', () => {
    expect(withOutcome('https://app.example.com/?a=1&status=active#end', { status: 'error', error: 'a & b' })).toBe(
      'https://app.example.com/?a=1&status=error&error=a+%26+b#end',
    );
  });
});
