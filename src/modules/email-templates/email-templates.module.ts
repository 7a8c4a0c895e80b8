import { type DynamicModule, Module } from '@nestjs/common';
import { EmailTemplates } from '#libs/email-templates';
import type { Settings } from '../../platform/config/index.js';
import { EmailTemplateReader } from './email-template-reader.js';
import { EmailTemplateRepository } from './email-template.repository.js';
import { EmailTemplatesController } from './email-templates.controller.js';
import { SaveEmailTemplate } from './save-email-template.js';

/** Global, because email steps look for templates, and none names this module. */
@Module({})
export class EmailTemplatesModule {
  static register(role: Settings['ROLE']): DynamicModule {
    return {
      module: EmailTemplatesModule,
      global: true,
      controllers: role === 'worker' ? [] : [EmailTemplatesController],
      providers: [
        EmailTemplateRepository,
        { provide: EmailTemplates, useClass: EmailTemplateReader },
        ...(role === 'worker' ? [] : [SaveEmailTemplate]),
      ],
      exports: [EmailTemplates],
    };
  }
}
