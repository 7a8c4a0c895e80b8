import type { ModelSettings } from './model-settings.js';

/** One question. What it says itself wins over what the agent says. */
export interface AgentRequest {
  organizationId: string;
  /** Id in either form; null: no agent, only what follows. */
  agentId: string | null;
  /** Null: the agent's, else the server's default. */
  model: string | null;
  /** Null: the agent's, else none. */
  instructions: string | null;
  settings: ModelSettings;
  message: string;
  signal: AbortSignal;
}

/** Tokens as the model counts them. */
export interface TokenUsage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
}

export interface AgentAnswer {
  text: string;
  /** The model that answered. */
  model: string;
  usage: TokenUsage;
}

/** Why there is no answer. */
export interface AgentRefusal {
  refused: {
    /** `AGENT_NOT_FOUND`, `MODEL_NOT_FOUND` … */
    code: string;
    message: string;
  };
  /** Whether asking again could succeed. */
  retryable: boolean;
}

/** Where agents are kept and answer. */
export abstract class AgentRunner {
  abstract answer(request: AgentRequest): Promise<AgentAnswer | AgentRefusal>;
}
