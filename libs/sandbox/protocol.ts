export type CodeLanguage = 'javascript' | 'python';

/** Bounds of one job. */
export interface CodeLimits {
  /** Wall time in milliseconds. */
  timeoutMs: number;
  /** Memory of the language in bytes, at most 64 MiB; JavaScript has at least 16 MiB. */
  memoryBytes: number;
  /** Of variables and of the output, as JSON text. */
  maxBytes: number;
  /** Of what the code prints; more is cut. */
  maxPrinted: number;
}

/** What is wrong with code, or went wrong in it. */
export interface CodeProblem {
  /**
   * `SYNTAX`: it does not compile. `UNSUPPORTED`: the language's subset lacks something. `THROWN`: it raised. `TIMEOUT`, `MEMORY`, `OUTPUT`
   * (too large, too deep or no JSON), `INPUT` (its variables are too large): a limit. `CRASHED`: its process ended. `ABORTED`: the signal was.
   */
  reason: 'SYNTAX' | 'UNSUPPORTED' | 'THROWN' | 'TIMEOUT' | 'MEMORY' | 'INPUT' | 'OUTPUT' | 'CRASHED' | 'ABORTED';
  message: string;
  /** From 1, where known. */
  line?: number;
  column?: number;
}

/** What a job came to, with what it printed until then. */
export type CodeResult = { printed: string } & ({ output: string } | { problem: CodeProblem });

/** Parent to child. */
export interface JobMessage {
  language: CodeLanguage;
  code: string;
  /** A JSON object: the variables, by name, each of which is an identifier. Null: only check that the code compiles. */
  variables: string | null;
  limits: CodeLimits;
}
