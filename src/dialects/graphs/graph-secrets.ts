import { Injectable } from '@nestjs/common';
import type { Caller } from '../../modules/auth/index.js';
import { WebhookSecrets } from '../../modules/webhooks/index.js';
import type { BlockDefinition, GraphDefinition } from '../../modules/workflows/index.js';

type Blocks = Pick<GraphDefinition, 'blocks' | 'edges'>;
type Organization = Pick<Caller, 'organizationId'>;

/** The secrets of webhook blocks: clear in what clients send and read, as the contract has it, and encrypted in definitions. */
@Injectable()
export class GraphSecrets {
  constructor(private readonly secrets: WebhookSecrets) {}

  /**
   * A secret that has not changed keeps its stored form, so that saving the same graph again changes nothing.
   * @param old the graph as it is stored
   */
  async seal({ organizationId }: Organization, graph: Blocks, old: Blocks): Promise<Blocks> {
    const known = new Map(old.blocks.flatMap((block) => webhookOf(block) ?? []).map(({ id, secret }) => [id, secret]));
    return withSecrets(graph, async (id, secret) => {
      const sealed = known.get(id);
      const same = sealed !== undefined && (await this.secrets.open(organizationId, id, sealed)) === secret;
      return same ? sealed : this.secrets.seal(organizationId, id, secret);
    });
  }

  async open({ organizationId }: Organization, graph: GraphDefinition): Promise<GraphDefinition> {
    return { ...graph, ...(await withSecrets(graph, (id, sealed) => this.secrets.open(organizationId, id, sealed))) };
  }
}

async function withSecrets(
  { blocks, edges }: Blocks,
  change: (webhookId: string, secret: string) => Promise<string>,
): Promise<Blocks> {
  const changed = blocks.map(async (block) => {
    const webhook = webhookOf(block);
    if (!webhook) return block;
    return { ...block, config: { ...block.config, webhook_secret: await change(webhook.id, webhook.secret) } };
  });
  return { blocks: await Promise.all(changed), edges };
}

/** Address and secret of a webhook block; null of one that has not both, which is refused when it is compiled. */
function webhookOf({ type, config }: BlockDefinition): { id: string; secret: string } | null {
  const { webhook_id: id, webhook_secret: secret } = config ?? {};
  if (type !== 'webhook' || typeof id !== 'string' || typeof secret !== 'string' || secret.trim() === '') return null;
  return { id: id.toLowerCase(), secret };
}
