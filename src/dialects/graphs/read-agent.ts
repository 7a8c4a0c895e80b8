import { badRequest, type Issue } from '../../platform/errors/index.js';
import { findIssues } from '../../platform/http/index.js';
import { CreateAgentDto, UpdateAgentDto } from '../../modules/agents/index.js';
import { objectOf } from './read-body.js';

/** How members are called here, by our names. */
const NAMES: Readonly<Record<string, string>> = { instructions: 'system_prompt', maxTokens: 'max_tokens' };

/** @throws DomainError for a body that is no object, has no name, or a member with a wrong value */
export function readNewAgent(body: unknown): CreateAgentDto {
  const { name, ...agent } = readMembers(body);
  if (typeof name !== 'string' || name.trim() === '') throw badRequest('Name is required');
  return checked(CreateAgentDto, { name, ...agent });
}

/** @throws DomainError as {@link readNewAgent}; the name may be left out */
export function readAgentChange(body: unknown): UpdateAgentDto {
  const change = checked(UpdateAgentDto, readMembers(body));
  if (change.name?.trim() === '') throw badRequest('Name is required');
  return change;
}

/** The members that this dialect has, under our names. Others are ignored: clients send what their studio knows. */
function readMembers(body: unknown): Record<string, unknown> {
  const { name, model, system_prompt: instructions, settings } = objectOf(body, 'The body');
  const { temperature, max_tokens: maxTokens } = objectOf(settings ?? {}, 'settings');
  return given({
    name,
    model,
    instructions,
    ...(settings !== undefined && { settings: given({ temperature, maxTokens }) }),
  });
}

const given = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

function checked<T extends object>(type: new () => T, members: Record<string, unknown>): T {
  const [issue] = findIssues(type, members);
  if (issue) throw badRequest(textOf(issue));
  return members as T;
}

const textOf = ({ path, message }: Issue): string =>
  `${path.map((member) => NAMES[member] ?? member).join('.')} ${message}`;
