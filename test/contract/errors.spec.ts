import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('docs/errors.md is what the catalogue says', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runhook-errors-'));
  try {
    const file = join(directory, 'errors.md');
    execFileSync(process.execPath, ['dist/src/tools/write-errors.js', file]);
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(readFileSync(file, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
