import { Injectable } from '@nestjs/common';
import { type AgentAnswer, type AgentRefusal, type AgentRequest, AgentRunner } from '#libs/agents';
import { parseId } from '#libs/ids';
import { AgentRepository } from './agent.repository.js';
import { DEFAULT_MODEL, MODELS } from './models.js';

/** How steps ask agents and models. */
@Injectable()
export class AskAgent extends AgentRunner {
  constructor(private readonly agents: AgentRepository) {
    super();
  }

  override async answer(request: AgentRequest): Promise<AgentAnswer | AgentRefusal> {
    const { organizationId, agentId, message } = request;
    if (request.signal.aborted) return refuse('ABORTED', 'The run ended.');
    const id = agentId === null ? null : parseId('agent', agentId);
    const agent = id === null ? null : await this.agents.findAgent(organizationId, id);
    if (agentId !== null && !agent) return refuse('AGENT_NOT_FOUND', `There is no agent ${agentId.slice(0, 100)}`);
    const name = request.model ?? agent?.model ?? DEFAULT_MODEL;
    const model = MODELS.get(name);
    if (!model) {
      const known = [...MODELS.keys()].join(', ');
      return refuse('MODEL_NOT_FOUND', `There is no model "${name.slice(0, 100)}"; this server has: ${known}`);
    }
    const instructions = request.instructions ?? agent?.instructions ?? null;
    const settings = { ...agent?.settings, ...request.settings };
    return { ...model({ instructions, message, settings }), model: name };
  }
}

const refuse = (code: string, message: string): AgentRefusal => ({ refused: { code, message }, retryable: false });
