/** How a model answers; what is not set follows the model. */
export interface ModelSettings {
  /** How free it is in its words, 0 to 2. */
  temperature?: number;
  /** Longest answer, in tokens. */
  maxTokens?: number;
}

export const HIGHEST_TEMPERATURE = 2;
export const MOST_TOKENS = 1_000_000;
