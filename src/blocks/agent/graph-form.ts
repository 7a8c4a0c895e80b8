import type { CompileContext, GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';

/** Names of the prompt, the one that counts first. */
const PROMPTS = ['message', 'input', 'prompt', 'messages'];
/** What would change the answer, and is not there. */
const ABSENT = ['knowledge_bases', 'tools'];

/** An agent block as graphs write it (contracts/vendors §3). Members that are empty are as good as absent, others are left alone. */
export const AGENT_IN_GRAPHS: GraphForm = {
  toConfig: (given: JsonObject, context: CompileContext): JsonObject => {
    const config = Object.fromEntries(Object.entries(given).filter(([, value]) => !isEmpty(value)));
    for (const member of ABSENT) {
      if (config[member] !== undefined) context.fail('is not supported by this server; leave it out or empty', member);
    }
    const message = PROMPTS.map((name) => config[name]).find((prompt) => prompt !== undefined);
    if (message === undefined) return context.fail(`is needed, as one of ${PROMPTS.join(', ')}`, 'message');
    const members = {
      agentId: config['agent_id'],
      model: config['model'],
      instructions: config['system_prompt'],
      message,
      temperature: config['temperature'],
      maxTokens: config['max_tokens'],
    };
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
  },
  toData: (output) => {
    const { text = null, ...rest } = output as JsonObject;
    return { output: text, ...rest };
  },
};

const isEmpty = (value: Json): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);
