import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import * as fc from 'fast-check';
import { checkJson, type Json, type JsonObject } from '#libs/json-guard';
import { type Scope, TemplateError } from '#libs/templates';
import type { BlockOutcome, BlockType, CompiledBlock, StepExample } from './block.js';
import { aContext, aScope, compileAlone, DefinitionRefused, type LoneBlock } from './compile-alone.js';

/** What is wrong with a configuration by the rules of a type's `config`: the check that saving a workflow applies. */
export type FindIssues = (config: new () => object, value: unknown) => readonly unknown[];

/** One thing that every block type must do. `run` rejects when it does not. */
export interface ConformanceCheck {
  name: string;
  run: () => Promise<void>;
}

/**
 * The conformance suite: what saving, the engine and the journal take for granted of every block type. Its material is the type's own
 * examples. It sends no traffic of its own; give the type an outside world that a test may call.
 */
export function conformanceChecks(type: BlockType, findIssues: FindIssues): ConformanceCheck[] {
  const suite = new Suite(type, findIssues);
  const checks: ConformanceCheck[] = [
    { name: 'accepts its own examples', run: () => suite.acceptsExamples() },
    { name: 'answers garbage with issues', run: () => suite.answersGarbage() },
    { name: 'refuses a hostile configuration as a bad definition, or runs it', run: () => suite.survivesHostility() },
    { name: 'gives well-formed outcomes on any scope, and changes none', run: () => suite.survivesScopes() },
    { name: 'keeps concurrent runs of one compiled block apart', run: () => suite.keepsRunsApart() },
  ];
  if (type.effect === 'pure') checks.push({ name: 'is deterministic', run: () => suite.isDeterministic() });
  else checks.push({ name: 'ends when it is aborted already', run: () => suite.obeysAbort() });
  return checks;
}

/** Where templates are read, and where URLs, headers and durations are made from them. */
const HOSTILE_TEXTS = [
  '',
  '{{',
  '{{ }}',
  '{% for i in (1..1000000000) %}x{% endfor %}',
  '{% include "/etc/passwd" %}',
  '{{ input | nope }}',
  '{{ input.constructor.constructor }}',
  '{{ input.__proto__.polluted }}',
  '{{ steps }}',
  '{{ "x" | truncate: 0 }}',
  '__proto__',
  'constructor',
  'a\r\nb: c',
  '\0',
  '\ud83d',
  'x'.repeat(100_001),
  'http://127.0.0.1/',
  'file:///etc/passwd',
  '1e400',
  '-1',
] as const;

/** No way to hang: a block that has not answered by then does not listen to its signal. */
const PATIENCE_MS = 2_000;

class Suite {
  constructor(
    private readonly type: BlockType,
    private readonly findIssues: FindIssues,
  ) {}

  async acceptsExamples(): Promise<void> {
    assert.ok(this.type.examples.length > 0, 'a type needs an example');
    for (const example of this.type.examples) {
      assert.deepEqual(this.issuesOf(example.config), []);
      await this.outcomeOf(compileAlone(this.type, example), aScope());
    }
  }

  async answersGarbage(): Promise<void> {
    for (const garbage of [null, [], 'text', 7, true]) {
      if (this.type.config) assert.notEqual(this.issuesOf(garbage).length, 0, `takes ${JSON.stringify(garbage)}`);
    }
    for (const example of this.type.examples) {
      if (this.type.config) assert.notEqual(this.issuesOf({ ...example.config, 'no such member': 1 }).length, 0);
      await fc.assert(
        fc.asyncProperty(mutationsOf(example), async (step) => {
          if (this.issuesOf(step.config).length > 0) return;
          await this.compileAndRun(step);
        }),
        { numRuns: 200 },
      );
    }
  }

  async survivesHostility(): Promise<void> {
    for (const example of this.type.examples) {
      for (const text of HOSTILE_TEXTS) {
        for (const step of withEachText(example, text)) {
          if (this.issuesOf(step.config).length === 0) await this.compileAndRun(step);
        }
      }
    }
    assert.equal(({} as JsonObject)['polluted'], undefined, 'the prototype of all objects was changed');
  }

  async survivesScopes(): Promise<void> {
    for (const example of this.type.examples) {
      const block = compileAlone(this.type, example);
      await fc.assert(
        fc.asyncProperty(scopesFor(block), async (scope) => {
          await this.outcomeOf(block, scope);
        }),
      );
    }
  }

  async isDeterministic(): Promise<void> {
    for (const example of this.type.examples) {
      const block = compileAlone(this.type, example);
      await fc.assert(
        fc.asyncProperty(scopesFor(block), async (scope) => {
          assert.deepEqual(await this.outcomeOf(block, scope), await this.outcomeOf(block, structuredClone(scope)));
        }),
      );
    }
  }

  async keepsRunsApart(): Promise<void> {
    for (const example of this.type.examples) {
      const block = compileAlone(this.type, example);
      const scopes = fc.sample(scopesFor(block), { numRuns: 20, seed: 1 });
      const apart: unknown[] = [];
      for (const scope of scopes) apart.push(await this.outcomeOf(block, scope));
      assert.deepEqual(await Promise.all(scopes.map((scope) => this.outcomeOf(block, scope))), apart);
    }
  }

  async obeysAbort(): Promise<void> {
    for (const example of this.type.examples) {
      const block = compileAlone(this.type, example);
      const work = this.outcomeOf(block, aScope(), AbortSignal.abort());
      assert.ok((await Promise.race([work, setTimeout(PATIENCE_MS)])) !== undefined, 'the block ignores its signal');
    }
  }

  private issuesOf(config: unknown): readonly unknown[] {
    return this.type.config ? this.findIssues(this.type.config, config) : [];
  }

  private async compileAndRun(step: StepExample): Promise<void> {
    let block: LoneBlock;
    try {
      block = compileAlone(this.type, step);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof DefinitionRefused) return;
      throw error;
    }
    await this.outcomeOf(block, aScope());
  }

  /** The checked outcome of an attempt in a scope that nobody can change, or the message of the template that failed. */
  private async outcomeOf(block: CompiledBlock, scope: Scope, signal?: AbortSignal): Promise<BlockOutcome | string> {
    const context = aContext({ scope: deepFreeze(scope), ...(signal && { signal }) });
    try {
      const outcome = await block.run(deepFreeze(checkJson(block.resolve(scope))), context);
      assertWellFormed(outcome, this.type);
      return outcome;
    } catch (error) {
      if (error instanceof TemplateError) return error.message;
      throw error;
    }
  }
}

function assertWellFormed(outcome: BlockOutcome, type: BlockType): void {
  if (outcome.kind === 'failed') {
    assert.match(outcome.error.code, /^[A-Z][A-Z0-9_]*$/);
    assert.notEqual(outcome.error.message, '');
    assert.equal(typeof outcome.retryable, 'boolean');
    assert.ok((outcome.retryAfterMs ?? 0) >= 0);
    return;
  }
  checkJson(outcome.output);
  if (outcome.kind === 'wait') {
    assert.equal(type.effect, 'external', 'a workflow of pure steps is executed on the spot and cannot park');
    assert.ok(!Number.isNaN((outcome.until ?? new Date()).getTime()));
    return;
  }
  if (type.routes) assert.ok(type.routes.includes(outcome.route ?? ''), `takes the route ${outcome.route}`);
  else assert.equal(outcome.route, undefined);
  checkJson(outcome.variables ?? null);
}

/** Any JSON that a request body may hold, and texts that mean something to somebody. */
const json: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__')) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(...HOSTILE_TEXTS.filter((text) => text.length < 100), 0, -1, 2 ** 53, 1e308),
);

/** The example with one member replaced, added or removed. */
function mutationsOf(example: StepExample): fc.Arbitrary<StepExample> {
  const members = [...Object.keys(example.config), 'value', 'name'];
  return fc.record({ member: fc.constantFrom(...members), value: fc.option(json) }).map(({ member, value }) => {
    const { [member]: _old, ...rest } = example.config;
    return { ...example, config: value === null ? rest : { ...rest, [member]: value } };
  });
}

/** Copies of the example, each with another of its texts replaced, at any depth. */
function withEachText(example: StepExample, text: string): StepExample[] {
  let count = 0;
  const replaceAt = (target: number, value: Json): Json => {
    if (typeof value === 'string') return count++ === target ? text : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((element) => replaceAt(target, element));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaceAt(target, member)]));
  };
  replaceAt(-1, example.config);
  return Array.from({ length: count }, (_, target) => {
    count = 0;
    return { ...example, config: replaceAt(target, example.config) as JsonObject };
  });
}

/** Scopes that hold arbitrary JSON where the block reads, and elsewhere. */
function scopesFor(block: LoneBlock): fc.Arbitrary<Scope> {
  const paths = block.references.filter(([root]) => root === 'input' || root === 'variables' || root === 'steps');
  return fc.tuple(json, fc.array(json, { minLength: paths.length, maxLength: paths.length })).map(([noise, values]) => {
    const roots = { input: { noise }, variables: { noise }, steps: { noise: { output: noise } } };
    paths.forEach((path, index) => place(roots, path, values[index] ?? null));
    return aScope(roots);
  });
}

function place(target: JsonObject, [key = '', ...rest]: readonly string[], value: Json): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const next = target[key];
  const inner: JsonObject = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {};
  target[key] = inner;
  place(inner, rest, value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
