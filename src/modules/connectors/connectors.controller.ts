import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ConnectorRegistry } from '#libs/connector-kit';
import { notFound } from '../../platform/errors/index.js';
import type { Page } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { RequireScopes } from '../auth/index.js';
import { ConnectorDto, toConnectorDto } from './dto/connector.dto.js';

@ApiTags('Connectors')
@Controller('api/v1/connectors')
export class ConnectorsController {
  constructor(private readonly connectors: ConnectorRegistry) {}

  /** List the connectors with their operations, by name: all of them, on one page. */
  @Get()
  @RequireScopes('workflows:read')
  @PageOf(ConnectorDto)
  listConnectors(): Page<ConnectorDto> {
    const sorted = this.connectors.connectors.toSorted((a, b) => a.name.localeCompare(b.name));
    return { data: sorted.map(toConnectorDto), cursor: null, hasMore: false };
  }

  /** Get a connector with its operations. */
  @Get(':name')
  @RequireScopes('workflows:read')
  @Errors(404)
  getConnector(@Param('name') name: string): ConnectorDto {
    const connector = this.connectors.find(name);
    if (!connector) throw notFound('Connector not found');
    return toConnectorDto(connector);
  }
}
