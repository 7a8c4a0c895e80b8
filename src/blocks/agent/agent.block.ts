import { Injectable } from '@nestjs/common';
import { AgentRunner, HIGHEST_TEMPERATURE, type ModelSettings, MOST_TOKENS } from '#libs/agents';
import type { BlockContext, BlockOutcome, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import { AgentConfigDto } from './agent.config.dto.js';
import { AGENT_IN_GRAPHS } from './graph-form.js';
import { toMessage } from './to-message.js';

/** Models think longer than other services. */
const TIMEOUT_MS = 2 * 60_000;

@Injectable()
export class AgentBlock implements BlockType {
  readonly type = 'agent';
  readonly description = 'Asks an agent, or a model without one.';
  readonly effect = 'external';
  readonly config = AgentConfigDto;
  readonly graph = AGENT_IN_GRAPHS;
  readonly retry = { ...DEFAULT_RETRY, maxAttempts: 3 };
  readonly timeoutMs = TIMEOUT_MS;
  readonly examples = [
    { config: { message: 'Summarize the following document:\n\n{{input.text}}', maxTokens: 50 } },
    {
      config: {
        agentId: 'agent_019b7c2e-4567-7abc-89ab-0123456789ab',
        instructions: 'Answer in {{input.language}}.',
        message: [{ role: 'user', content: '{{input.question}}' }],
        temperature: '{{variables.temperature}}',
      },
    },
  ];

  constructor(private readonly agents: AgentRunner) {}

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const template = context.template(config);
    return {
      resolve: (scope) => template.resolve(scope),
      run: (input, execution) => this.ask(input as JsonObject, execution),
    };
  }

  private async ask(input: JsonObject, { organizationId, signal }: BlockContext): Promise<BlockOutcome> {
    const { message = null, agentId = null, model = null } = input;
    if (!isTextOrNull(agentId)) return failed('INVALID_INPUT', 'agentId must be the id of an agent');
    if (!isTextOrNull(model)) return failed('INVALID_INPUT', 'model must be the name of a model');
    const { text, instructions: told } = toMessage(message);
    if (text.trim() === '') return failed('INVALID_INPUT', 'message is empty');
    const settings = toSettings(input);
    if (typeof settings === 'string') return failed('INVALID_INPUT', settings);
    const instructions = [textOf(input['instructions']), told].filter((part) => part !== null).join('\n\n') || null;
    const request = { organizationId, agentId, model, instructions, settings, message: text, signal };
    const answer = await this.agents.answer(request);
    if ('refused' in answer) return { kind: 'failed', error: answer.refused, retryable: answer.retryable };
    return { kind: 'done', output: { text: answer.text, model: answer.model, usage: { ...answer.usage } } };
  }
}

/** The settings, or what is wrong with them. */
function toSettings({ temperature = null, maxTokens = null }: JsonObject): ModelSettings | string {
  const [free, longest] = [numberOf(temperature), numberOf(maxTokens)];
  if (free !== null && !(free >= 0 && free <= HIGHEST_TEMPERATURE))
    return `temperature must be a number from 0 to ${HIGHEST_TEMPERATURE}`;
  if (longest !== null && !(Number.isInteger(longest) && longest >= 1 && longest <= MOST_TOKENS))
    return `maxTokens must be a whole number from 1 to ${MOST_TOKENS}`;
  return { ...(free !== null && { temperature: free }), ...(longest !== null && { maxTokens: longest }) };
}

/** Templates may give numbers as text. NaN: it is none. */
function numberOf(value: Json): number | null {
  if (value === null || value === '') return null;
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

const isTextOrNull = (value: Json): value is string | null => value === null || typeof value === 'string';

/** A lone template keeps the type of its value. */
function textOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const failed = (code: string, message: string): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable: false,
});
