import { Injectable } from '@nestjs/common';
import type { BlockOutcome, BlockType, CompileContext, CompiledBlock, ConfigIssue, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { CodeSandbox } from '../../platform/sandbox/index.js';
import { CodeConfigDto } from './code.config.dto.js';
import { describe, toOutcome } from './code-outcome.js';
import { variablesOf } from './code-variables.js';
import { languageOf } from './language.js';

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MEMORY_MB = 64;
/** Members of the configuration; a graph's block may have more of its editor's own. */
const MEMBERS = ['code', 'language', 'timeoutMs', 'memoryMb', 'input'];

/** As recorded; without `input`, the code reads the output of the step before. */
interface Resolved {
  language: 'python' | 'javascript';
  input?: Json;
}

/**
 * Code may ask for the time and for random numbers, so its result is journaled before the run goes on, and it never runs again after that:
 * an external effect, although it reaches nothing.
 */
@Injectable()
export class CodeBlock implements BlockType {
  readonly type = 'code';
  readonly aliases = ['function'];
  readonly description = 'Runs code in JavaScript or Python, without files, network or environment.';
  readonly effect = 'external';
  readonly config = CodeConfigDto;
  /** Of the step, waiting for a free process included; the code's own limit is `timeoutMs` of the configuration. */
  readonly timeoutMs = 300_000;
  readonly examples = [
    { config: { code: 'output = {"total": sum([1, 2, 3])}' } },
    {
      config: {
        language: 'javascript',
        input: '{{input.items}}',
        code: 'const items = input_data ?? [];\nconsole.log(items.length);\nreturn { count: items.length };',
        timeoutMs: 1_000,
      },
    },
  ];
  readonly graph = {
    verbatim: ['code'],
    /** `input_data` is the run's input, unless the block says otherwise. */
    toConfig: (config: JsonObject): JsonObject => ({
      input: '{{input}}',
      ...Object.fromEntries(
        Object.entries(config).filter(([name, value]) => MEMBERS.includes(name) && value !== null && value !== ''),
      ),
    }),
  } satisfies GraphForm;

  constructor(private readonly sandbox: CodeSandbox) {}

  readonly prove = async (config: JsonObject, organizationId?: string): Promise<ConfigIssue | null> => {
    const { code, language } = config;
    const { refusal } = this.sandbox;
    if (typeof code !== 'string') return null;
    if (refusal !== null) return { message: refusal, path: ['code'] };
    const problem = await this.sandbox.check(
      language === 'python' || language === 'javascript' ? language : languageOf(code),
      code,
      organizationId,
    );
    return problem && { message: describe(problem), path: ['code'] };
  };

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const { code, language, timeoutMs, memoryMb } = config as unknown as CodeConfigDto;
    const resolved = { language: language ?? languageOf(code) };
    const given = config['input'];
    const template = given === undefined || given === null ? undefined : context.template(given, 'input');
    const limits = {
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      memoryBytes: (memoryMb ?? DEFAULT_MEMORY_MB) * 1024 * 1024,
    };
    return {
      resolve: (scope) => (template ? { ...resolved, input: template.resolve(scope) } : resolved),
      run: async (recorded, { scope, upstream, organizationId, signal }): Promise<BlockOutcome> => {
        const { refusal } = this.sandbox;
        if (refusal !== null)
          return { kind: 'failed', error: { code: 'CODE_DISABLED', message: refusal }, retryable: false };
        const { input = upstream } = recorded as unknown as Resolved;
        const variables = variablesOf(code, resolved.language, input, scope);
        const job = { language: resolved.language, code, variables, limits, owner: organizationId, signal };
        return toOutcome(await this.sandbox.run(job));
      },
    };
  }
}
