import type { AgentDto } from '../../../modules/agents/index.js';
import { FreeForm } from '../../../platform/http/index.js';
import type { JsonObject } from '#libs/json-guard';
import { parseId } from '#libs/ids';

/** An agent to create or change. Members that are not named here are ignored, a `temperature` beside `settings` too. */
export class GraphAgentBodyDto {
  /**
   * Needed where an agent is created; 1 to 255 characters.
   * @example "Summarizer"
   */
  name?: string;

  /**
   * The model that answers; null or absent: the server's default.
   * @example builtin/extract
   */
  model?: string | null;

  /**
   * What the model is told before each message.
   * @example "You summarize documents in at most three sentences."
   */
  system_prompt?: string | null;

  /**
   * How the model answers: `temperature`, 0 to 2, and `max_tokens`. Other members are ignored.
   * @example { "temperature": 0.2, "max_tokens": 500 }
   */
  @FreeForm()
  settings?: JsonObject | null;
}

/** An agent. */
export class GraphAgentDto {
  /**
   * Unique identifier of the agent.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The name its author gave it.
   * @example "Summarizer"
   */
  name: string;

  /**
   * The model that answers; null: the server's default.
   * @example builtin/extract
   */
  model: string | null;

  /**
   * What the model is told before each message; null: nothing.
   * @example "You summarize documents in at most three sentences."
   */
  system_prompt: string | null;

  /**
   * How the model answers.
   * @example { "temperature": 0.2, "max_tokens": 500 }
   */
  @FreeForm()
  settings: JsonObject;
}

/** A page of agents, newest first. */
export class GraphAgentListDto {
  /** The agents. */
  agents: GraphAgentDto[];

  /**
   * How many the organization has.
   * @example 1
   */
  total: number;

  /**
   * The longest page asked for.
   * @example 50
   */
  limit: number;

  /**
   * How many were left out before it.
   * @example 0
   */
  offset: number;
}

/** What a deletion answers. */
export class GraphAgentDeletedDto {
  /**
   * Says so.
   * @example "Agent deleted"
   */
  message: string;
}

export function toGraphAgentDto({ id, name, model, instructions, settings }: AgentDto): GraphAgentDto {
  const { temperature, maxTokens } = settings;
  return {
    id: parseId('agent', id) ?? id,
    name,
    model,
    system_prompt: instructions,
    settings: {
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    },
  };
}
