/**
 * Agents: what an organization asks. Words: an *agent* has a name, instructions, settings and perhaps a model of its own; a *model* writes the
 * answer. Steps ask through the port `AgentRunner`; dialects keep agents through {@link SaveAgent} and {@link AgentReader}.
 */
export { AgentEntity } from './agent.entity.js';
export { AgentIdPipe } from './agent-id.js';
export { AgentReader } from './agent-reader.js';
export { AgentsModule } from './agents.module.js';
export { type AgentDto, CreateAgentDto, UpdateAgentDto } from './dto/agent.dto.js';
export { SaveAgent } from './save-agent.js';
