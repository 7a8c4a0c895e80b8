import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Database } from '../../platform/database/index.js';
import { decodeCursor, type Page, PageQuery, toPage } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, forbidden, RequireScopes } from '../auth/index.js';
import {
  CreateEmailTemplateDto,
  EmailTemplateDto,
  toEmailTemplateDto,
  UpdateEmailTemplateDto,
} from './dto/email-template.dto.js';
import { EmailTemplateIdPipe } from './email-template-id.js';
import { emailTemplateNotFound } from './email-template.errors.js';
import { EmailTemplateRepository } from './email-template.repository.js';
import { SaveEmailTemplate } from './save-email-template.js';

@ApiTags('Email templates')
@Controller('api/v1/email-templates')
export class EmailTemplatesController {
  constructor(
    private readonly database: Database,
    private readonly templates: EmailTemplateRepository,
    private readonly saver: SaveEmailTemplate,
  ) {}

  /** Create an email template. */
  @Post()
  @RequireScopes('workflows:write')
  @Errors(409)
  async createEmailTemplate(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateEmailTemplateDto,
  ): Promise<EmailTemplateDto> {
    assertUnbound(caller);
    return this.get(caller, await this.saver.create(caller.organizationId, body));
  }

  /** List email templates, newest first. */
  @Get()
  @RequireScopes('workflows:read')
  @PageOf(EmailTemplateDto)
  async listEmailTemplates(
    @CurrentCaller() caller: Caller,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<Page<EmailTemplateDto>> {
    const before = cursor === undefined ? undefined : decodeCursor(cursor);
    const rows = await this.templates.listTemplates(caller.organizationId, limit + 1, before);
    return toPage(rows, limit, toEmailTemplateDto);
  }

  /** Get an email template. */
  @Get(':id')
  @RequireScopes('workflows:read')
  async getEmailTemplate(
    @CurrentCaller() caller: Caller,
    @Param('id', EmailTemplateIdPipe) id: string,
  ): Promise<EmailTemplateDto> {
    return this.get(caller, id);
  }

  /** Change an email template. Runs use a template as it is when their step runs. */
  @Put(':id')
  @RequireScopes('workflows:write')
  @Errors(409)
  async updateEmailTemplate(
    @CurrentCaller() caller: Caller,
    @Param('id', EmailTemplateIdPipe) id: string,
    @Body() body: UpdateEmailTemplateDto,
  ): Promise<EmailTemplateDto> {
    assertUnbound(caller);
    await this.saver.update(caller.organizationId, id, body);
    return this.get(caller, id);
  }

  /** Change an email template; the same as PUT. */
  @Patch(':id')
  @RequireScopes('workflows:write')
  @Errors(409)
  async patchEmailTemplate(
    @CurrentCaller() caller: Caller,
    @Param('id', EmailTemplateIdPipe) id: string,
    @Body() body: UpdateEmailTemplateDto,
  ): Promise<EmailTemplateDto> {
    return this.updateEmailTemplate(caller, id, body);
  }

  /** Delete an email template. Steps that name it fail from then on. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('workflows:write')
  async deleteEmailTemplate(
    @CurrentCaller() caller: Caller,
    @Param('id', EmailTemplateIdPipe) id: string,
  ): Promise<void> {
    assertUnbound(caller);
    const { organizationId } = caller;
    const existed = await this.database.transaction((tx) => this.templates.deleteTemplate(tx, organizationId, id));
    if (!existed) throw emailTemplateNotFound();
  }

  private async get({ organizationId }: Caller, id: string): Promise<EmailTemplateDto> {
    const template = await this.templates.findTemplate(organizationId, id);
    if (!template) throw emailTemplateNotFound();
    return toEmailTemplateDto(template);
  }
}

/** Templates belong to all workflows of the organization. */
function assertUnbound({ workflowIds }: Caller): void {
  if (workflowIds) throw forbidden('This API key is bound to named workflows and cannot change email templates.');
}
