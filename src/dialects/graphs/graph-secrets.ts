import { Injectable } from '@nestjs/common';
import type { Caller } from '../../modules/auth/index.js';
import { secretProblem, WebhookSecrets } from '../../modules/webhooks/index.js';
import { type BlockDefinition, type GraphDefinition, toVerification } from '../../modules/workflows/index.js';
import { validationError } from '../../platform/errors/index.js';

type Blocks = Pick<GraphDefinition, 'blocks' | 'edges'>;
type Organization = Pick<Caller, 'organizationId'>;

/** The secrets of webhook blocks: clear in what clients send and read, as the contract has it, and encrypted in definitions. */
@Injectable()
export class GraphSecrets {
  constructor(private readonly secrets: WebhookSecrets) {}

  /**
   * A secret that has not changed keeps its stored form, so that saving the same graph again changes nothing.
   * @param old the graph as it is stored
   * @throws DomainError VALIDATION_ERROR for a secret that does not suit the block's verification
   */
  async seal({ organizationId }: Organization, graph: Blocks, old: Blocks): Promise<Blocks> {
    const known = new Map(old.blocks.flatMap((block) => webhookOf(block) ?? []).map(({ id, secret }) => [id, secret]));
    return withSecrets(graph, async ({ id, secret, block }) => {
      const problem = secretProblem(toVerification(block.config?.['verification']), secret);
      if (problem !== null) throw validationError(`Block "${block.id}": webhook_secret ${problem}`);
      const sealed = known.get(id);
      const same = sealed !== undefined && (await this.secrets.open(organizationId, id, sealed)) === secret;
      return same ? sealed : this.secrets.seal(organizationId, id, secret);
    });
  }

  /** In clear for whoever could set them; for others the blocks have none: reading is no right to start runs. */
  async show(caller: Pick<Caller, 'organizationId' | 'scopes'>, graph: GraphDefinition): Promise<GraphDefinition> {
    const may = caller.scopes.includes('workflows:write');
    const open = ({ id, secret }: WebhookOfBlock) => this.secrets.open(caller.organizationId, id, secret);
    return { ...graph, ...(await withSecrets(graph, may ? open : () => Promise.resolve(undefined))) };
  }
}

async function withSecrets(
  { blocks, edges }: Blocks,
  change: (webhook: WebhookOfBlock) => Promise<string | undefined>,
): Promise<Blocks> {
  const changed = blocks.map(async (block) => {
    const webhook = webhookOf(block);
    if (!webhook) return block;
    const { webhook_secret: _secret, ...config } = block.config ?? {};
    const secret = await change(webhook);
    return { ...block, config: { ...config, ...(secret !== undefined && { webhook_secret: secret }) } };
  });
  return { blocks: await Promise.all(changed), edges };
}

/** Address and secret of a webhook block. */
interface WebhookOfBlock {
  id: string;
  secret: string;
  block: BlockDefinition;
}

/** Null for a block that has not both, which is refused when it is compiled. */
function webhookOf(block: BlockDefinition): WebhookOfBlock | null {
  const { webhook_id: id, webhook_secret: secret } = block.config ?? {};
  if (block.type !== 'webhook' || typeof id !== 'string' || typeof secret !== 'string' || secret.trim() === '')
    return null;
  return { id: id.toLowerCase(), secret, block };
}
