import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../platform/database/index.js';
import { EmailTemplateEntity } from './email-template.entity.js';

@Injectable()
export class EmailTemplateRepository {
  constructor(private readonly database: Database) {}

  findTemplate(organizationId: string, id: string): Promise<EmailTemplateEntity | null> {
    return this.database.manager.findOneBy(EmailTemplateEntity, { organizationId, id });
  }

  findByName(organizationId: string, name: string): Promise<EmailTemplateEntity | null> {
    return this.database.manager.findOneBy(EmailTemplateEntity, { organizationId, name });
  }

  /** Newest first. */
  listTemplates(organizationId: string, limit: number, before: string | undefined): Promise<EmailTemplateEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(EmailTemplateEntity, 'template')
      .where('template.organizationId = :organizationId', { organizationId })
      .orderBy('template.id', 'DESC')
      .limit(limit);
    if (before !== undefined) query.andWhere('template.id < :before', { before });
    return query.getMany();
  }

  /** Locks it, so that changes of one template happen one after the other. */
  lockTemplate(tx: Tx, organizationId: string, id: string): Promise<EmailTemplateEntity | null> {
    return tx.findOne(EmailTemplateEntity, { where: { organizationId, id }, lock: { mode: 'pessimistic_write' } });
  }

  async insertTemplate(tx: Tx, template: Omit<EmailTemplateEntity, 'createdAt' | 'updatedAt'>): Promise<void> {
    await tx.insert(EmailTemplateEntity, template);
  }

  async updateTemplate(
    tx: Tx,
    organizationId: string,
    id: string,
    change: Partial<Pick<EmailTemplateEntity, 'name' | 'description' | 'subject' | 'html' | 'text'>>,
  ): Promise<void> {
    await tx.update(EmailTemplateEntity, { organizationId, id }, { ...change, updatedAt: () => 'now()' });
  }

  /** @returns whether there was one */
  async deleteTemplate(tx: Tx, organizationId: string, id: string): Promise<boolean> {
    const { affected } = await tx.delete(EmailTemplateEntity, { organizationId, id });
    return affected === 1;
  }
}
