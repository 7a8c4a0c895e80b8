import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { formatId } from '#libs/ids';
import { Errors } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { RunIdPipe } from '../runs/index.js';
import { stepNotFound } from './approval.errors.js';
import { DecideApproval } from './decide-approval.js';
import { DecidedDto, DecisionDto, DECISIONS } from './dto/decision.dto.js';

@ApiTags('Runs')
@Controller('api/v1/runs')
export class ApprovalsController {
  constructor(private readonly decide: DecideApproval) {}

  /**
   * Decide what a run waits for.
   * Approves or rejects a waiting `approval` step; the run goes on with it. The first decision counts, a second one is refused.
   */
  @Post(':id/steps/:stepId/decision')
  @HttpCode(200)
  @RequireScopes('runs:write')
  @RateLimit('execute')
  @Errors(404, 409)
  async decideStep(
    @CurrentCaller() caller: Caller,
    @Param('id', RunIdPipe) runId: string,
    @Param('stepId') stepId: string,
    @Body() body: DecisionDto,
  ): Promise<DecidedDto> {
    const place = { organizationId: caller.organizationId, runId, stepId };
    const { workflowId } = await this.decide.getStep(place);
    this.assertVisible(caller, workflowId);
    const decision = DECISIONS[body.decision];
    const { comment = null, data = null } = body;
    await this.decide.execute(place, { decision, comment, data, decidedBy: formatId('user', caller.userId) });
    return { runId: formatId('run', runId), stepId, decision };
  }

  /** A key that is bound to other workflows learns nothing of the run. */
  private assertVisible(caller: Caller, workflowId: string): void {
    if (caller.workflowIds && !caller.workflowIds.includes(workflowId)) throw stepNotFound();
  }
}
