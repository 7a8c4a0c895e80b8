import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional } from 'class-validator';
import { formatId } from '#libs/ids';
import type { BatchAnswer } from '../start-batch.js';
import { RunRequestDto } from './start-run.dto.js';

/** Runs to start together. */
export class StartBatchDto {
  /** 1 to 1000 runs, each with its own input and options. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  items: RunRequestDto[];
}

/** How to take a batch. */
export class StartBatchQuery {
  /**
   * Runs a workflow that is not active, such as a draft. Needs the scope `workflows:write`.
   * @example "true"
   */
  @IsOptional()
  @IsIn(['true', 'false'])
  test?: 'true' | 'false';
}

/** One thing that is wrong with an item. */
export class BatchIssueDto {
  /**
   * Where: from the body's root.
   * @example ["items", 0, "input", "customerId"]
   */
  @ApiProperty({ type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'integer' }] } })
  path: (string | number)[];

  /**
   * What to do about it.
   * @example Required
   */
  message: string;
}

/** Why an item started no run. */
export class BatchErrorDto {
  /**
   * The code that a request with this item alone would be answered with.
   * @example VALIDATION_ERROR
   */
  code: string;

  /**
   * What went wrong and what to do about it.
   * @example "Input validation failed"
   */
  message: string;

  /** What is wrong with the item, and where. */
  details?: BatchIssueDto[];
}

/** What came of one item. */
export class BatchItemDto {
  /**
   * Position of the item in the request, from 0.
   * @example 0
   */
  index: number;

  /**
   * `accepted`: a new run. `replayed`: the run that the item's idempotency key stands for, or with `use_existing` the unfinished one of its
   * concurrency key. `rejected`: none; see `error`.
   * @example accepted
   */
  @IsIn(['accepted', 'replayed', 'rejected'])
  status: 'accepted' | 'replayed' | 'rejected';

  /**
   * The run; absent when the item was rejected.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  runId?: string;

  /** Why the item was rejected; absent otherwise. */
  error?: BatchErrorDto;
}

/** What came of a batch. */
export class BatchDto {
  /**
   * How many items have started a new run.
   * @example 2
   */
  accepted: number;

  /**
   * How many items stand for a run that was there before.
   * @example 0
   */
  replayed: number;

  /**
   * How many items have started nothing.
   * @example 0
   */
  rejected: number;

  /** An answer for each item, in the order of the request. */
  items: BatchItemDto[];
}

export function toBatchDto(answers: readonly BatchAnswer[]): BatchDto {
  const items = answers.map(toBatchItemDto);
  const count = (status: BatchItemDto['status']): number => items.filter((item) => item.status === status).length;
  return { accepted: count('accepted'), replayed: count('replayed'), rejected: count('rejected'), items };
}

function toBatchItemDto(answer: BatchAnswer, index: number): BatchItemDto {
  if ('runId' in answer) {
    const status = answer.replayed ? 'replayed' : 'accepted';
    return { index, status, runId: formatId('run', answer.runId) };
  }
  const { code, message, details } = answer.error;
  return { index, status: 'rejected', error: { code, message, ...(details && { details: at(index, details) }) } };
}

const at = (index: number, issues: readonly BatchIssueDto[]): BatchIssueDto[] =>
  issues.map(({ path, message }) => ({ path: ['items', index, ...path], message }));
