import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  description?: string;
  example?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
}
interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security?: object[];
  requestBody?: object;
  parameters: { in: string; name: string; description?: string }[];
  responses: Record<string, object>;
}
interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const run = promisify(execFile);
const PUBLIC = /^\/(?:health|api\/webhooks)\//;

let directory: string;
let file: string;
let description: Description;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'runhook-openapi-'));
  file = join(directory, 'openapi.yaml');
  await run(process.execPath, ['dist/src/tools/write-openapi.js', file]);
  description = load(readFileSync(file, 'utf8')) as Description;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const operations = () =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      place: `${method.toUpperCase()} ${path}`,
      path,
      ...operation,
    })),
  );

/** Every property of every schema, as `RunDto.steps[].id`. */
function properties(schema: Schema, at: string): [string, Schema][] {
  const own = Object.entries(schema.properties ?? {});
  const below = schema.items ? properties(schema.items, `${at}[]`) : [];
  return [
    ...below,
    ...own.flatMap(([name, property]): [string, Schema][] => [
      [`${at}.${name}`, property],
      ...properties(property, `${at}.${name}`),
    ]),
  ];
}
const allProperties = () =>
  Object.entries(description.components.schemas).flatMap(([name, schema]) => properties(schema, name));

/** A text or a number whose schema does not already list what it may be. */
const isPlain = ({ type, ...schema }: Schema) =>
  [type].flat().some((name) => name === 'string' || name === 'number' || name === 'integer') &&
  schema.enum === undefined &&
  schema.const === undefined;

describe('openapi.yaml', () => {
  it('is what the code says', () => {
    expect(readFileSync('openapi.yaml', 'utf8'), 'run `npm run openapi`').toBe(readFileSync(file, 'utf8'));
  });

  it('comes out the same each time', async () => {
    const again = join(directory, 'again.yaml');
    await run(process.execPath, ['dist/src/tools/write-openapi.js', again]);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  it('passes redocly lint', async () => {
    const { stdout, stderr } = await run('node_modules/.bin/redocly', [
      'lint',
      file,
      '--config',
      'redocly.yaml',
      '--format',
      'stylish',
    ]).catch((error: { stdout: string; stderr: string }) => error);
    expect(stdout + stderr).toContain('Your API description is valid');
  });

  it('describes every property of every schema', () => {
    const silent = allProperties().filter(([, { description: text, $ref }]) => !text && !$ref);
    expect(silent.map(([place]) => place)).toEqual([]);
  });

  // The Swagger plugin drops an unquoted `@example` of several words on a string: write it in double quotes.
  it('gives an example of every text and number', () => {
    const bare = allProperties().filter(
      ([, property]) => isPlain(property) && property.example === undefined && !property.examples,
    );
    expect(bare.map(([place]) => place)).toEqual([]);
  });
});

describe('every operation', () => {
  it('has an id, a short summary, a tag, and words for its parameters', () => {
    const wrong = operations().filter(
      ({ operationId, summary = '', tags = [], parameters }) =>
        !/^[a-z][A-Za-z]+$/.test(operationId) ||
        summary.length < 5 ||
        summary.length > 100 ||
        tags.length !== 1 ||
        parameters.some((parameter) => !parameter.description),
    );
    expect(wrong.map(({ place }) => place)).toEqual([]);
  });

  it('takes a key in either header, unless it is public', () => {
    const wrong = operations().filter(
      ({ path, security }) => JSON.stringify(security) !== (PUBLIC.test(path) ? '[]' : '[{"bearer":[]},{"apiKey":[]}]'),
    );
    expect(wrong.map(({ place }) => place)).toEqual([]);
  });

  it('has the error answers that its shape calls for', () => {
    const missing = operations().flatMap(({ place, path, parameters, requestBody, responses }) => {
      const expected = ['500', '503'];
      if (!PUBLIC.test(path)) expected.push('401', '403', '429');
      if (parameters.some((parameter) => parameter.in === 'path')) expected.push('404');
      if (requestBody) expected.push('400', '413', '415');
      return expected.filter((status) => !(status in responses)).map((status) => `${place} ${status}`);
    });
    expect(missing).toEqual([]);
  });
});
