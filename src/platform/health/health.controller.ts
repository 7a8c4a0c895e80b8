import { Controller, Get, type OnModuleDestroy, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import type { Response } from 'express';
import { Public } from '../http/index.js';
import { Answers } from '../openapi/index.js';
import { HealthDto } from './health.dto.js';
import { HealthProbes } from './health-probes.js';

/** For orchestrators and load balancers; shows no versions and no addresses. */
@ApiTags('Health')
@Public()
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly probes: HealthProbes,
  ) {}

  /** The first of Nest's shutdown hooks: from here on no new requests should come. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Whether the process is up. A process that does not answer should be restarted. */
  @Get('live')
  getLiveness(): HealthDto {
    return { status: 'ok', info: {}, error: {}, details: {} };
  }

  /** Whether the process can serve requests. Send it none while it answers 503. */
  @Get('ready')
  @Answers({ 200: HealthDto, 503: HealthDto })
  async getReadiness(@Res({ passthrough: true }) response: Response): Promise<HealthDto> {
    const health = this.stopping ? STOPPING : await this.check();
    if (health.status !== 'ok') response.status(503);
    return health;
  }

  private async check(): Promise<HealthDto> {
    try {
      return (await this.health.check([() => this.probes.database()])) as HealthDto;
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthDto;
      throw error;
    }
  }
}

const STOPPING: HealthDto = { status: 'shutting_down', info: {}, error: {}, details: {} };
