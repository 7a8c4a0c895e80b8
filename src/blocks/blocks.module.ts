import { Global, Module } from '@nestjs/common';
import { BlockRegistry, type BlockType } from '#libs/block-kit';
import { ActionBlock } from './action/action.block.js';
import { AgentBlock } from './agent/agent.block.js';
import { ApprovalBlock } from './approval/approval.block.js';
import { CodeBlock } from './code/code.block.js';
import { ConditionBlock } from './condition/condition.block.js';
import { EmailBlock } from './email/email.block.js';
import { GeneralApiBlock } from './general-api/general-api.block.js';
import { LoopBlock } from './loop/loop.block.js';
import { OrchestrationBlock } from './orchestration/orchestration.block.js';
import { PlatformApiBlock } from './platform-api/platform-api.block.js';
import { ResponseBlock } from './response/response.block.js';
import { SetStateBlock } from './set-state/set-state.block.js';
import { SplitBlock } from './split/split.block.js';
import { StarterBlock } from './starter/starter.block.js';
import { TransformBlock } from './transform/transform.block.js';
import { WaitBlock } from './wait/wait.block.js';
import { WebhookBlock } from './webhook/webhook.block.js';

/** The list of block types. A new one is a folder here and a line in this list. */
export const BLOCKS = [
  ActionBlock,
  AgentBlock,
  ApprovalBlock,
  CodeBlock,
  ConditionBlock,
  EmailBlock,
  GeneralApiBlock,
  LoopBlock,
  OrchestrationBlock,
  PlatformApiBlock,
  ResponseBlock,
  SetStateBlock,
  SplitBlock,
  StarterBlock,
  TransformBlock,
  WaitBlock,
  WebhookBlock,
];

/** Global, because compiling and executing definitions ask the registry, and neither names a block type. */
@Global()
@Module({
  providers: [
    ...BLOCKS,
    { provide: BlockRegistry, inject: BLOCKS, useFactory: (...types: BlockType[]) => new BlockRegistry(types) },
  ],
  exports: [BlockRegistry],
})
export class BlocksModule {}
