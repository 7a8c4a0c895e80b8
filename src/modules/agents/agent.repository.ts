import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database, type Tx } from '../../platform/database/index.js';
import { AgentEntity } from './agent.entity.js';

/** Where a page of agents starts: below an id, or after so many of the newest. */
export interface AgentPage {
  limit: number;
  before?: string;
  offset?: number;
}

@Injectable()
export class AgentRepository {
  constructor(private readonly database: Database) {}

  findAgent(organizationId: string, id: string): Promise<AgentEntity | null> {
    return this.database.manager.findOneBy(AgentEntity, { organizationId, id });
  }

  /** Newest first. */
  listAgents(organizationId: string, { limit, before, offset }: AgentPage): Promise<AgentEntity[]> {
    return this.database.manager.find(AgentEntity, {
      where: { organizationId, ...(before !== undefined && { id: LessThan(before) }) },
      order: { id: 'DESC' },
      take: limit,
      ...(offset !== undefined && { skip: offset }),
    });
  }

  countAgents(organizationId: string): Promise<number> {
    return this.database.manager.countBy(AgentEntity, { organizationId });
  }

  /** One whose id is there already stays as it is. */
  async insertAgent(tx: Tx, agent: Omit<AgentEntity, 'createdAt' | 'updatedAt'>): Promise<void> {
    await tx.createQueryBuilder().insert().into(AgentEntity).values(agent).orIgnore().execute();
  }

  /** @returns whether there is one */
  async updateAgent(
    tx: Tx,
    organizationId: string,
    id: string,
    change: Partial<Pick<AgentEntity, 'name' | 'description' | 'model' | 'instructions' | 'settings'>>,
  ): Promise<boolean> {
    const { affected } = await tx.update(AgentEntity, { organizationId, id }, { ...change, updatedAt: () => 'now()' });
    return affected === 1;
  }

  /** @returns whether there was one */
  async deleteAgent(tx: Tx, organizationId: string, id: string): Promise<boolean> {
    const { affected } = await tx.delete(AgentEntity, { organizationId, id });
    return affected === 1;
  }
}
