import { IsDefined, IsOptional, IsString, Length } from 'class-validator';
import { HIGHEST_TEMPERATURE, MOST_TOKENS } from '#libs/agents';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';
import { NumberOrTemplate } from '../templated.decorator.js';

/** Asks an agent or a model. What is given here wins over what the agent says. */
export class AgentConfigDto {
  /**
   * The agent; may be a template. Absent: the model answers by itself.
   * @example agent_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  agentId?: string;

  /**
   * The model that answers. Absent: the agent's, else the server's default.
   * @example builtin/extract
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  model?: string;

  /**
   * What the model is told before the message; may hold templates. Absent: the agent's.
   * @example "You summarize documents in at most three sentences."
   */
  @IsOptional()
  @IsString()
  @Length(1, 100_000)
  instructions?: string;

  /**
   * What is asked: a text that may hold templates, or a list of `{role, content}`. Contents of role `system` are instructions, the others are joined
   * by blank lines. `builtin/extract` summarizes it, without a first line or paragraph that ends with a colon.
   * @example "Summarize the following document:\n\n{{input.text}}"
   */
  @FreeForm()
  @IsDefined()
  message: Json;

  /**
   * How free the model is in its words, 0 to 2; may be a template.
   * @example 0.2
   */
  @IsOptional()
  @NumberOrTemplate({ minimum: 0, maximum: HIGHEST_TEMPERATURE })
  temperature?: number | string;

  /**
   * Longest answer, in tokens; may be a template.
   * @example 500
   */
  @IsOptional()
  @NumberOrTemplate({ minimum: 1, maximum: MOST_TOKENS })
  maxTokens?: number | string;
}
