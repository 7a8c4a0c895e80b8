import { Injectable } from '@nestjs/common';
import type { BlockType, CompileContext, CompiledBlock, GraphForm } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { givenMembers } from '../given-members.js';
import { WebhookConfigDto } from './webhook.config.dto.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

@Injectable()
export class WebhookBlock implements BlockType {
  readonly type = 'webhook';
  readonly description = 'Where a graph begins that a webhook starts; puts out what the webhook was sent.';
  readonly effect = 'pure';
  readonly config = WebhookConfigDto;
  readonly examples = [{ config: {} }];
  readonly graph: GraphForm = {
    config: WebhookConfigDto,
    verbatim: ['webhook_id', 'webhook_secret'],
    toConfig: givenMembers,
    compile: (config, context) => {
      checkAddress(config, context);
      return PASSES_ON;
    },
  };

  compile(config: JsonObject, context: CompileContext): CompiledBlock {
    const [member] = Object.keys(config).filter((name) => config[name] !== null);
    if (member !== undefined)
      context.fail(
        'belongs to blocks of graphs; a list of steps has its webhook in the trigger: {"type": "webhook"}',
        member,
      );
    return PASSES_ON;
  }
}

const PASSES_ON: CompiledBlock = {
  resolve: () => ({}),
  run: (_input, { scope }) => ({ kind: 'done', output: scope.input }),
};

/** Without them nobody could call it, and nobody would be told. */
function checkAddress({ webhook_id: id, webhook_secret: secret }: JsonObject, context: CompileContext): void {
  if (typeof id !== 'string' || !UUID.test(id))
    context.fail('needs a webhook_id that is a UUID, such as one from uuidgen', 'webhook_id');
  if (typeof secret !== 'string' || secret.trim() === '')
    context.fail('needs a webhook_secret that is not empty; without one it could not be called', 'webhook_secret');
}
