import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { OrganizationController } from './organization.controller.js';
import { OrganizationSettings } from './organization-settings.js';

@Module({
  imports: [AuthModule, OrganizationsModule],
  controllers: [OrganizationController],
  providers: [OrganizationSettings],
})
export class AdminModule {}
