import { Injectable } from '@nestjs/common';
import { compileEmailTemplate, type EmailTemplateTexts } from '#libs/email-templates';
import { newId } from '#libs/ids';
import { TemplateError } from '#libs/templates';
import { Database, violates } from '../../platform/database/index.js';
import { validationError } from '../../platform/errors/index.js';
import type { CreateEmailTemplateDto, UpdateEmailTemplateDto } from './dto/email-template.dto.js';
import { emailTemplateNameTaken, emailTemplateNotFound } from './email-template.errors.js';
import { EmailTemplateRepository } from './email-template.repository.js';

/** Creates and changes email templates. Their texts are compiled before they are stored. */
@Injectable()
export class SaveEmailTemplate {
  constructor(
    private readonly database: Database,
    private readonly templates: EmailTemplateRepository,
  ) {}

  /** @returns the new template's id */
  async create(organizationId: string, body: CreateEmailTemplateDto): Promise<string> {
    const { name, description = null, subject, html = null, text = null } = body;
    checkTexts({ subject, html, text });
    const id = newId();
    await this.named(name, () =>
      this.database.transaction((tx) =>
        this.templates.insertTemplate(tx, { organizationId, id, name, description, subject, html, text }),
      ),
    );
    return id;
  }

  /** Members left out stay as they are. */
  async update(organizationId: string, id: string, body: UpdateEmailTemplateDto): Promise<void> {
    await this.named(body.name ?? '', () =>
      this.database.transaction(async (tx) => {
        const template = await this.templates.lockTemplate(tx, organizationId, id);
        if (!template) throw emailTemplateNotFound();
        const { name, description, subject, html, text } = { ...template, ...given(body) };
        checkTexts({ subject, html, text });
        await this.templates.updateTemplate(tx, organizationId, id, { name, description, subject, html, text });
      }),
    );
  }

  private async named(name: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!violates(error, 'email_templates_name_key')) throw error;
      throw emailTemplateNameTaken(`There is an email template "${name}" already`);
    }
  }
}

/** The members that a request has. Null removes those that may be absent. */
const given = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** @throws DomainError VALIDATION_ERROR naming the text and the position */
function checkTexts(texts: EmailTemplateTexts): void {
  if (texts.html === null && texts.text === null) {
    throw invalid('html', 'is needed where there is no "text"');
  }
  try {
    compileEmailTemplate(texts);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const position = error.position === undefined ? '' : ` (at position ${error.position})`;
    throw invalid(String(error.path[0]), `${error.message}${position}`);
  }
}

const invalid = (member: string, message: string) =>
  validationError('Request validation failed', { details: [{ path: [member], message }] });
