import { Type } from 'class-transformer';
import {
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { HIGHEST_TEMPERATURE, MOST_TOKENS } from '#libs/agents';
import { formatId } from '#libs/ids';
import type { AgentEntity } from '../agent.entity.js';

/** Longest instructions, in characters. */
export const LONGEST_INSTRUCTIONS = 100_000;

/** How the model answers; what is left out follows the model. */
export class AgentSettingsDto {
  /**
   * How free the model is in its words: 0 says the likeliest, 2 anything. `builtin/extract` has no choice of words and does not look at it.
   * @example 0.2
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(HIGHEST_TEMPERATURE)
  temperature?: number;

  /**
   * Longest answer, in tokens.
   * @example 500
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_TOKENS)
  maxTokens?: number;
}

/** A new agent. */
export class CreateAgentDto {
  /**
   * 1 to 255 characters.
   * @example "Summarizer"
   */
  @IsString()
  @Length(1, 255)
  name: string;

  /**
   * What the agent is for.
   * @example "Summarizes what customers write"
   */
  @IsOptional()
  @IsString()
  @MaxLength(5_000)
  description?: string;

  /**
   * The model that answers. Absent: the server's default, `builtin/extract` where none is configured. A name that the server does not know is
   * kept, and steps that ask the agent fail with `MODEL_NOT_FOUND`.
   * @example builtin/extract
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  model?: string;

  /**
   * What the model is told before each message.
   * @example "You summarize documents in at most three sentences."
   */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_INSTRUCTIONS)
  instructions?: string;

  /** How the model answers. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentSettingsDto)
  settings?: AgentSettingsDto;
}

/** A change of an agent. Members left out stay as they are. */
export class UpdateAgentDto {
  /**
   * 1 to 255 characters.
   * @example "Summarizer"
   */
  @ValidateIf((_agent, value) => value !== undefined)
  @IsString()
  @Length(1, 255)
  name?: string;

  /**
   * What the agent is for; null removes it.
   * @example "Summarizes what customers write"
   */
  @IsOptional()
  @IsString()
  @MaxLength(5_000)
  description?: string | null;

  /**
   * The model that answers; null: the server's default.
   * @example builtin/extract
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  model?: string | null;

  /**
   * What the model is told before each message; null removes it.
   * @example "You summarize documents in at most three sentences."
   */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_INSTRUCTIONS)
  instructions?: string | null;

  /** How the model answers; replaces all settings. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AgentSettingsDto)
  settings?: AgentSettingsDto;
}

/** An agent. */
export class AgentDto {
  /**
   * Unique identifier of the agent.
   * @example agent_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The name its author gave it.
   * @example "Summarizer"
   */
  name: string;

  /**
   * What the agent is for; null without one.
   * @example "Summarizes what customers write"
   */
  description: string | null;

  /**
   * The model that answers; null: the server's default.
   * @example builtin/extract
   */
  model: string | null;

  /**
   * What the model is told before each message; null: nothing.
   * @example "You summarize documents in at most three sentences."
   */
  instructions: string | null;

  /** How the model answers. */
  settings: AgentSettingsDto;

  /**
   * When the agent was created (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When the agent was last changed (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  updatedAt: string;
}

export const toAgentDto = (agent: AgentEntity): AgentDto => ({
  id: formatId('agent', agent.id),
  name: agent.name,
  description: agent.description,
  model: agent.model,
  instructions: agent.instructions,
  settings: agent.settings,
  createdAt: agent.createdAt.toISOString(),
  updatedAt: agent.updatedAt.toISOString(),
});
