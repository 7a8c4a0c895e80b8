import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '../../platform/errors/index.js';
import type { Page } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { RunIdPipe, RunReader } from '../runs/index.js';
import { ArtifactRepository } from './artifact.repository.js';
import { contentDisposition } from './content-disposition.js';
import { ArtifactDto, toArtifactDto } from './dto/artifact.dto.js';

@ApiTags('Runs')
@Controller('api/v1/runs/:id/artifacts')
export class ArtifactsController {
  constructor(
    private readonly runs: RunReader,
    private readonly artifacts: ArtifactRepository,
  ) {}

  /** List the artifacts of a run, in the order in which they were saved: all of them, on one page. */
  @Get()
  @RequireScopes('runs:read')
  @PageOf(ArtifactDto)
  async listRunArtifacts(
    @CurrentCaller() caller: Caller,
    @Param('id', RunIdPipe) id: string,
  ): Promise<Page<ArtifactDto>> {
    await this.runs.getVisible(caller, id);
    const artifacts = await this.artifacts.listArtifacts(caller.organizationId, id);
    return { data: artifacts.map(toArtifactDto), cursor: null, hasMore: false };
  }

  /** Download an artifact of a run, as it was saved. */
  @Get(':name')
  @RequireScopes('runs:read')
  @ApiOkResponse({
    description: 'The content, in its own media type.',
    content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
  })
  @Errors(404)
  async downloadRunArtifact(
    @CurrentCaller() caller: Caller,
    @Param('id', RunIdPipe) id: string,
    @Param('name') name: string,
  ): Promise<StreamableFile> {
    await this.runs.getVisible(caller, id);
    const artifact = await this.artifacts.findArtifact(caller.organizationId, id, name);
    if (!artifact) throw notFound('Artifact not found');
    return new StreamableFile(artifact.content, {
      type: artifact.mediaType,
      disposition: contentDisposition(artifact.name),
      length: artifact.size,
    });
  }
}
