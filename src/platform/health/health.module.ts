import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { HealthProbes } from './health-probes.js';

/** Terminus logs each failed probe as an error; a down database is told by the requests that need it. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthProbes],
})
export class HealthModule {}
