import type { AgentAnswer, ModelSettings } from '#libs/agents';
import { countWords, documentOf, summarize } from '#libs/extractive-summary';

/** What a model is asked. */
export interface Prompt {
  instructions: string | null;
  message: string;
  settings: ModelSettings;
}

/** What answers. */
export type Model = (prompt: Prompt) => Omit<AgentAnswer, 'model'>;

/**
 * Answers offline with the most telling sentences of the document in the message. Instructions are not read. Its tokens are words.
 */
const extract: Model = ({ instructions, message, settings: { maxTokens: words } }) => {
  const text = summarize(documentOf(message), words === undefined ? {} : { words });
  const [input_tokens, output_tokens] = [countWords(instructions ?? '') + countWords(message), countWords(text)];
  return { text, usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens } };
};

/** The models of this server, by name. */
export const MODELS: ReadonlyMap<string, Model> = new Map([['builtin/extract', extract]]);

export const DEFAULT_MODEL = 'builtin/extract';
