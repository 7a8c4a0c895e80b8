import { Injectable } from '@nestjs/common';
import { EmailTemplates, type EmailTemplateTexts } from '#libs/email-templates';
import { parseId } from '#libs/ids';
import { EmailTemplateRepository } from './email-template.repository.js';

/** How steps find templates. */
@Injectable()
export class EmailTemplateReader extends EmailTemplates {
  constructor(private readonly templates: EmailTemplateRepository) {
    super();
  }

  override async find(organizationId: string, reference: string): Promise<EmailTemplateTexts | null> {
    const id = parseId('tmpl', reference);
    const byId = id === null ? null : await this.templates.findTemplate(organizationId, id);
    return byId ?? this.templates.findByName(organizationId, reference);
  }
}
