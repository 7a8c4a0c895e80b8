/**
 * Agents, as steps ask them. Words: an *agent* is a model with instructions and settings that an organization keeps; a *model* writes the answer;
 * the *message* is what it is asked.
 */
export {
  type AgentAnswer,
  type AgentRefusal,
  type AgentRequest,
  AgentRunner,
  type TokenUsage,
} from './agent-runner.js';
export { HIGHEST_TEMPERATURE, type ModelSettings, MOST_TOKENS } from './model-settings.js';
