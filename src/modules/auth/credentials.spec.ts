import { describe, expect, it } from 'vitest';
import { bearerCredential, headerCredential, refuseTwoCredentials } from './credentials.js';

const request = (headers: Record<string, string>) => ({ headers });
const both = (authorization: string, key: string) => () =>
  refuseTwoCredentials(request({ authorization, 'x-api-key': key }));

describe('credentials', () => {
  it.each([
    ['Bearer capi_x', 'capi_x'],
    ['bearer  capi_x', 'capi_x'],
    ['Bearer', ''],
    ['Bearer a b', 'a b'],
    ['Basic dXNlcg==', undefined],
    ['Bearerx', undefined],
  ])('authorization %j carries %j', (authorization, expected) => {
    expect(bearerCredential(request({ authorization }))).toBe(expected);
  });

  it('are absent without a header, and present when it is empty', () => {
    expect(bearerCredential(request({}))).toBeUndefined();
    expect(headerCredential(request({}))).toBeUndefined();
    expect(headerCredential(request({ 'x-api-key': '' }))).toBe('');
  });

  it('in both headers must be one', () => {
    expect(both('Bearer capi_x', 'capi_x')).not.toThrow();
    expect(both('Basic dXNlcg==', 'capi_x')).not.toThrow();
    expect(both('Bearer capi_x', 'capi_y')).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    expect(both('Bearer', 'capi_y')).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
