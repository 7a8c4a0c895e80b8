import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';

/** The answer of a webhook that takes calls and does not wait for their runs. */
export class WebhookAcceptedDto {
  /**
   * The run that was started.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  run_id: string;

  /**
   * Always `pending`; read the run to see what became of it.
   * @example pending
   */
  status: string;
}

/** The answer of a webhook that waits for the run: the output, and which run it was. */
export class WebhookResultDto {
  /**
   * The run, without the prefix of its kind.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  execution_id: string;

  /**
   * Always `completed`; of a run that failed an error is answered.
   * @example completed
   */
  status: string;

  /**
   * What the run returned.
   * @example { "summary": "…" }
   */
  @FreeForm()
  output: Json;
}
