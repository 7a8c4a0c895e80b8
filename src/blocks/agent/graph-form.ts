import type { CompileContext, GraphForm } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { definedMembers, givenMembers } from '../given-members.js';

/** Names of the prompt, the one that counts first. */
const PROMPTS = ['message', 'input', 'prompt', 'messages'];
/** What would change the answer, and is not there. */
const ABSENT = ['knowledge_bases', 'tools'];

/** An agent block as graphs write it (contracts/vendors §3). Members that are not named here are left alone. */
export const AGENT_IN_GRAPHS: GraphForm = {
  toConfig: (given: JsonObject, context: CompileContext): JsonObject => {
    const config = givenMembers(given);
    for (const member of ABSENT) {
      if (config[member] !== undefined) context.fail('is not supported by this server; leave it out or empty', member);
    }
    const message = PROMPTS.map((name) => config[name]).find((prompt) => prompt !== undefined);
    if (message === undefined) return context.fail(`is needed, as one of ${PROMPTS.join(', ')}`, 'message');
    return definedMembers({
      agentId: config['agent_id'],
      model: config['model'],
      instructions: config['system_prompt'],
      message,
      temperature: config['temperature'],
      maxTokens: config['max_tokens'],
    });
  },
  toData: (output) => {
    const { text = null, ...rest } = output as JsonObject;
    return { output: text, ...rest };
  },
};
