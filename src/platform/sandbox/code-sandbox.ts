import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type CodeJob, type CodeLanguage, type CodeProblem, type CodeResult, Sandbox } from '#libs/sandbox';
import { Settings } from '../config/index.js';

/**
 * The pools of this process: one that runs code, and one process that only checks it, so that saving a workflow does not wait for runs.
 * Neither has a process before it is needed. They close in the last phase of a shutdown: workers have let go of their runs by then.
 */
@Injectable()
export class CodeSandbox implements OnApplicationShutdown {
  /** Whether the operator lets code run; where not, why, for whoever wrote some. */
  readonly refusal: string | null;
  private readonly runs: Sandbox;
  private readonly checks = new Sandbox({ size: 1 });

  constructor({ CODE_ENABLED, CODE_PROCESSES }: Settings) {
    this.refusal = CODE_ENABLED === 'true' ? null : 'Code is switched off on this server (CODE_ENABLED=false).';
    this.runs = new Sandbox(CODE_PROCESSES === undefined ? {} : { size: CODE_PROCESSES });
  }

  run(job: CodeJob): Promise<CodeResult> {
    return this.runs.run(job);
  }

  /** @param owner whose code it is */
  check(language: CodeLanguage, code: string, owner?: string): Promise<CodeProblem | null> {
    return this.checks.check(language, code, owner);
  }

  onApplicationShutdown(): void {
    this.runs.close();
    this.checks.close();
  }
}
