import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Errors } from '../../../platform/openapi/index.js';
import { assertBoundTo, type Caller, CurrentCaller, RequireScopes } from '../../auth/index.js';
import { WorkflowIdPipe } from '../../workflows/index.js';
import { ArmWebhooks } from './arm-webhooks.js';

/** An armed workflow. */
export class ArmedDto {
  /**
   * Until when one call is taken (ISO 8601).
   * @example 2026-11-24T10:10:00.000Z
   */
  armedUntil: string;
}

@ApiTags('Webhooks')
@Controller('api/v1/workflows')
export class ArmController {
  constructor(private readonly arms: ArmWebhooks) {}

  /**
   * Let one webhook call in.
   * For ten minutes the webhooks of a workflow that is not active take exactly one call, to try them out. Arming again begins the ten minutes anew;
   * a change of the workflow's status ends them.
   */
  @Post(':id/arm')
  @HttpCode(200)
  @Errors(400)
  @RequireScopes('workflows:write')
  async armWorkflow(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<ArmedDto> {
    assertBoundTo(caller, id);
    return { armedUntil: (await this.arms.arm(caller.organizationId, id)).toISOString() };
  }
}
