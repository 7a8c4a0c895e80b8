import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DecisionLinks } from '#libs/block-kit';
import type { Settings } from '../../platform/config/index.js';
import { ApprovalLinks } from './approval-links.js';
import { ApprovalPageController } from './approval-page.controller.js';
import { ApprovalsController } from './approvals.controller.js';
import { DecideApproval } from './decide-approval.js';

/** The links, for the block type that asks. */
@Global()
@Module({
  providers: [ApprovalLinks, { provide: DecisionLinks, useExisting: ApprovalLinks }],
  exports: [ApprovalLinks, DecisionLinks],
})
class ApprovalLinksModule {}

@Module({})
export class ApprovalsModule {
  /**
   * Workers ask; deciding is the API's.
   * @param runs the runs' room of this process
   */
  static register(role: Settings['ROLE'], runs: DynamicModule): DynamicModule {
    if (role === 'worker') return { module: ApprovalsModule, imports: [ApprovalLinksModule] };
    return {
      module: ApprovalsModule,
      imports: [ApprovalLinksModule, runs],
      controllers: [ApprovalsController, ApprovalPageController],
      providers: [DecideApproval],
    };
  }
}
