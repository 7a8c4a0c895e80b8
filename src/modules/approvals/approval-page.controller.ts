import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import type { DecisionPlace } from '#libs/block-kit';
import { DomainError } from '../../platform/errors/index.js';
import { type EdgeRequest, Public } from '../../platform/http/index.js';
import { RateLimit } from '../rate-limit/index.js';
import type { ParkedStep } from '../runs/index.js';
import { ApprovalLinks } from './approval-links.js';
import { approvalPage, noticePage, PAGE_POLICY } from './approval-page.js';
import { DecideApproval, type Question, waits } from './decide-approval.js';
import { DECISIONS } from './dto/decision.dto.js';

/** Characters of a comment that are kept. */
const LONGEST_COMMENT = 2_000;

/** The page behind an approval's link: for people, in a browser. */
@ApiExcludeController()
@Public()
@RateLimit('webhooks')
@Controller('api/v1/approvals')
export class ApprovalPageController {
  constructor(
    private readonly links: ApprovalLinks,
    private readonly decide: DecideApproval,
  ) {}

  @Get()
  async showApproval(@Res() response: Response, @Query('token') token = ''): Promise<void> {
    const found = await this.open(token);
    if (!found) return send(response, 404, noticePage('Unknown link', 'This link is not valid.'));
    const { step, place } = found;
    const { message = null, data = null, expiresAt = null } = (step.output ?? {}) as unknown as Partial<Question>;
    if (!waits(step)) return send(response, 410, over());
    return send(response, 200, approvalPage({ name: step.name ?? place.stepId, message, data, expiresAt }));
  }

  @Post()
  @HttpCode(200)
  async decideApproval(
    @Req() request: EdgeRequest,
    @Res() response: Response,
    @Query('token') token = '',
  ): Promise<void> {
    const found = await this.open(token);
    if (!found) return send(response, 404, noticePage('Unknown link', 'This link is not valid.'));
    const form = new URLSearchParams(request.rawBody?.toString('utf8'));
    const word = form.get('decision');
    if (word !== 'approve' && word !== 'reject')
      return send(response, 400, noticePage('Nothing decided', 'Choose to approve or to reject.'));
    const comment = form.get('comment')?.trim().slice(0, LONGEST_COMMENT) || null;
    const decision = DECISIONS[word];
    try {
      await this.decide.execute(found.place, { decision, comment, data: null, decidedBy: 'link' });
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'conflict') throw error;
      return send(response, 410, over());
    }
    return send(
      response,
      200,
      noticePage(decision === 'approved' ? 'Approved' : 'Rejected', 'Thank you. The run goes on.'),
    );
  }

  private async open(token: string): Promise<{ place: DecisionPlace; step: ParkedStep } | null> {
    const place = await this.links.verify(token);
    if (!place) return null;
    try {
      return { place, step: await this.decide.getStep(place) };
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not_found') return null;
      throw error;
    }
  }
}

const over = (): string =>
  noticePage('Nothing to decide', 'This has been decided already, its time is over, or the run has ended.');

function send(response: Response, status: number, html: string): void {
  response
    .status(status)
    .set({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY })
    .send(html);
}
