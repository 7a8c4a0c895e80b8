import type { GraphForm } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { definedMembers, givenMembers } from '../given-members.js';

/** Members of a body that may stand beside `resource`, by resource. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  agents: ['name', 'description', 'model', 'system_prompt', 'settings'],
  workflows: ['input', 'variables'],
};

/** How graphs call members of a body, and how we do. */
const NAMES: Readonly<Record<string, string>> = { system_prompt: 'instructions', variables: 'input' };

/** A platform_api block as graphs write it (contracts/vendors §3). Members that are not named here are left alone. */
export const PLATFORM_API_IN_GRAPHS: GraphForm = {
  toConfig: (given: JsonObject): JsonObject => {
    const config = givenMembers(given);
    const resource = typeof config['resource'] === 'string' ? config['resource'] : '';
    const fields = (FIELDS[resource] ?? []).filter((name) => config[name] !== undefined);
    const ownFields = Object.fromEntries(fields.map((name) => [name, config[name] as Json]));
    return definedMembers({
      resource: config['resource'],
      operation: config['operation'] ?? config[`${resource}_operation`],
      resourceId: config['resource_id'] ?? config['resourceId'],
      body: toBody(config['body'] ?? (fields.length > 0 ? ownFields : undefined)),
      params: config['params'],
      wait: config['wait'],
    });
  },
  toData: (output) => {
    const { status = null, body = null } = output as JsonObject;
    return { output: body, status_code: status };
  },
};

function toBody(body: Json | undefined): Json | undefined {
  if (!isObject(body)) return body;
  const named = Object.fromEntries(Object.entries(body).map(([name, value]) => [NAMES[name] ?? name, value]));
  const { settings, ...rest } = named;
  if (!isObject(settings)) return named;
  const { max_tokens: maxTokens, ...others } = settings;
  return { ...rest, settings: definedMembers({ ...others, maxTokens: others['maxTokens'] ?? maxTokens }) };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
