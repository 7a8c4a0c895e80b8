import { describe, expect, it } from 'vitest';
import { type AgentAnswer, type AgentRefusal, type AgentRequest, AgentRunner } from '#libs/agents';
import type { BlockOutcome } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { MemoryAgents } from '../../../test/support/memory-ports.js';
import { AgentBlock } from './agent.block.js';

const ID = 'agent_019b7c2e-4567-7abc-89ab-0123456789ab';
const USAGE = { input_tokens: 2, output_tokens: 2, total_tokens: 4 };

/** Notes what it is asked. */
class Asked extends MemoryAgents {
  readonly requests: AgentRequest[] = [];
  override answer(request: AgentRequest): Promise<AgentAnswer | AgentRefusal> {
    this.requests.push(request);
    return super.answer(request);
  }
}

async function run(
  config: JsonObject,
  input: JsonObject = {},
  agents: AgentRunner = new MemoryAgents(),
): Promise<BlockOutcome> {
  const block = compileAlone(new AgentBlock(agents), { config });
  return block.run(block.resolve(aScope({ input })), aContext());
}

describe('agent', () => {
  it('asks and goes on with the answer', async () => {
    expect(await run({ message: 'Hello {{input.name}}' }, { name: 'Ann' })).toEqual({
      kind: 'done',
      output: { text: 'Hello Ann', model: 'echo', usage: USAGE },
    });
  });

  it('says only what it says itself', async () => {
    const asked = new Asked();
    await run({ message: 'Hi' }, {}, asked);
    await run(
      {
        agentId: ID,
        model: 'm',
        instructions: 'Be {{input.how}}.',
        message: 'Hi',
        temperature: '0.5',
        maxTokens: '{{input.n}}',
      },
      { how: 'brief', n: 7 },
      asked,
    );
    expect(asked.requests).toMatchObject([
      { organizationId: 'organization-1', agentId: null, model: null, instructions: null, settings: {}, message: 'Hi' },
      {
        agentId: ID,
        model: 'm',
        instructions: 'Be brief.',
        settings: { temperature: 0.5, maxTokens: 7 },
        message: 'Hi',
      },
    ]);
  });

  it.each([
    [
      'a list',
      '{{input.m}}',
      [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'A' }, { content: 'B' }],
    ],
    [
      'its parts',
      [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: '{{input.m}}' },
      ],
      [{ type: 'text', text: 'A' }, { text: '\nB' }],
    ],
  ])('takes messages as %s', async (_name, message, m) => {
    const asked = new Asked();
    await run({ message, instructions: 'You are Maya.' }, { m }, asked);
    expect(asked.requests).toMatchObject([{ instructions: 'You are Maya.\n\nBe brief.', message: 'A\n\nB' }]);
  });

  it.each([
    [{ message: '{{input.nothing}}' }, 'INVALID_INPUT', 'message is empty'],
    [{ message: [{ role: 'system', content: 'Be brief.' }] }, 'INVALID_INPUT', 'message is empty'],
    [{ message: 'Hi', agentId: '{{input}}' }, 'INVALID_INPUT', 'agentId must be the id of an agent'],
    [{ message: 'Hi', model: '{{input}}' }, 'INVALID_INPUT', 'model must be the name of a model'],
    [{ message: 'Hi', temperature: 'warm' }, 'INVALID_INPUT', 'temperature must be a number from 0 to 2'],
    [{ message: 'Hi', maxTokens: 1.5 }, 'INVALID_INPUT', 'maxTokens must be a whole number from 1 to 1000000'],
    [{ message: 'Hi', agentId: 'nobody' }, 'AGENT_NOT_FOUND', 'There is no agent nobody'],
  ])('fails on %j', async (config, code, message) => {
    expect(await run(config)).toEqual({ kind: 'failed', error: { code, message }, retryable: false });
  });
});

describe('agent in a graph', () => {
  const graph = new AgentBlock(new MemoryAgents()).graph;
  const toConfig = (config: JsonObject) => {
    const refused: unknown[] = [];
    const context = {
      fail: (...problem: unknown[]): never => {
        refused.push(problem);
        throw new Error('refused');
      },
    };
    try {
      return graph.toConfig?.(config, context as never, new Set());
    } catch {
      return refused[0];
    }
  };

  it.each([
    [
      {
        agent_id: ID,
        message: 'Hi',
        temperature: 0.5,
        max_tokens: 5,
        system_prompt: 'Brief.',
        knowledge_bases: [],
        position: 1,
      },
      { agentId: ID, message: 'Hi', temperature: 0.5, maxTokens: 5, instructions: 'Brief.' },
    ],
    [
      { agent_id: '', model: 'm', message: '', input: null, prompt: 'Hi' },
      { model: 'm', message: 'Hi' },
    ],
    [{ input: 'Hi', prompt: 'Not' }, { message: 'Hi' }],
    [{ messages: [{ role: 'user', content: 'Hi' }] }, { message: [{ role: 'user', content: 'Hi' }] }],
    [{ model: 'm' }, ['is needed, as one of message, input, prompt, messages', 'message']],
    [
      { input: 'Hi', knowledge_bases: ['kb'] },
      ['is not supported by this server; leave it out or empty', 'knowledge_bases'],
    ],
  ])('%j', (config, expected) => {
    expect(toConfig(config)).toEqual(expected);
  });

  it('shows the text as its output', () => {
    expect(graph.toData?.({ text: 'Hi', model: 'm', usage: USAGE }, null)).toEqual({
      output: 'Hi',
      model: 'm',
      usage: USAGE,
    });
  });
});
