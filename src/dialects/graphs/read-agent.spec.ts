import { describe, expect, it } from 'vitest';
import { readAgentChange, readNewAgent } from './read-agent.js';

describe('an agent in the graph dialect', () => {
  it('is read, without what is unknown', () => {
    const body = {
      name: 'Ann',
      model: 'm',
      system_prompt: 'Be brief.',
      settings: { temperature: 0.2, max_tokens: 5, top_p: 1 },
      temperature: 9,
      tools: ['x'],
    };
    expect(readNewAgent(body)).toEqual({
      name: 'Ann',
      model: 'm',
      instructions: 'Be brief.',
      settings: { temperature: 0.2, maxTokens: 5 },
    });
    expect(readNewAgent({ name: 'Ann', model: null, settings: null })).toEqual({
      name: 'Ann',
      model: null,
      settings: {},
    });
  });

  it('changes only what is given', () => {
    expect(readAgentChange({})).toEqual({});
    expect(readAgentChange({ system_prompt: null, position: 1 })).toEqual({ instructions: null });
  });

  it.each([
    [{}, 'Name is required'],
    [{ name: ' ' }, 'Name is required'],
    [{ name: 7 }, 'Name is required'],
    [undefined, 'The body must be a JSON object'],
    [[], 'The body must be a JSON object'],
    [{ name: 'Ann', settings: 7 }, 'settings must be a JSON object'],
    [{ name: 'Ann', settings: { temperature: 'hot' } }, /^settings\.temperature .*must be a number/],
    [{ name: 'Ann', settings: { max_tokens: 0 } }, 'settings.max_tokens must not be less than 1'],
    [{ name: 'Ann', system_prompt: {} }, /^system_prompt .*must be a string/],
    [{ name: 'x'.repeat(256) }, /^name must be shorter than or equal to 255/],
  ])('is refused as %j', (body, message) => {
    expect(() => readNewAgent(body)).toThrow(message);
  });

  it.each([[{ name: '' }], [{ name: null }], [{ name: ' ' }]])('is not changed to %j', (body) => {
    expect(() => readAgentChange(body)).toThrow(/ame/);
  });
});
