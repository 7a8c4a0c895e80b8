import { expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { snapshotOf } from './config-snapshot.js';

it.each<[JsonObject, JsonObject]>([
  [
    { webhook_id: 'x', webhook_secret: 's3cret' },
    { webhook_id: 'x', webhook_secret: '***' },
  ],
  [
    { headers: { authorization: 'Bearer s3cret', accept: 'a/b' } },
    { headers: { authorization: '***', accept: 'a/b' } },
  ],
  [
    { headers: [{ cells: { Key: 'X-Api-Key', Value: 's3cret' } }, { key: 'Accept', value: 'a/b' }] },
    { headers: [{ cells: { Key: 'X-Api-Key', Value: '***' } }, { key: 'Accept', value: 'a/b' }] },
  ],
  [{ params: { api_key: 's3cret', page: 2 } }, { params: { api_key: '***', page: 2 } }],
  [{ url: 'https://u:s3cret@example.com/?token=s3cret&page=2' }, { url: 'https://***@example.com/?token=***&page=2' }],
  [
    { steps: [{ id: 'in', type: 'webhook', config: { webhook_secret: 's3cret' } }] },
    { steps: [{ id: 'in', type: 'webhook', config: { webhook_secret: '***' } }] },
  ],
  [
    { max_tokens: 100, key: 'currency', value: 'eur', message: '{{variables.text}}', code: 'output = 1' },
    { max_tokens: 100, key: 'currency', value: 'eur', message: '{{variables.text}}', code: 'output = 1' },
  ],
])('%j is shown as %j', (config, shown) => {
  expect(snapshotOf(config)).toEqual(shown);
});
