import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, toPage } from '../../platform/http/index.js';
import { connectionNotFound } from './connection.errors.js';
import { ConnectionRepository } from './connection.repository.js';
import { type ConnectionDto, type ListConnectionsQuery, toConnectionDto } from './dto/connection.dto.js';

@Injectable()
export class ConnectionReader {
  constructor(private readonly connections: ConnectionRepository) {}

  /** @throws DomainError NOT_FOUND */
  async get(organizationId: string, id: string): Promise<ConnectionDto> {
    const connection = await this.connections.find(organizationId, id);
    if (!connection) throw connectionNotFound();
    return toConnectionDto(connection);
  }

  async list(organizationId: string, query: ListConnectionsQuery): Promise<Page<ConnectionDto>> {
    const { limit, cursor, provider, status } = query;
    const rows = await this.connections.list(organizationId, {
      limit: limit + 1,
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
      ...(provider !== undefined && { provider }),
      ...(status !== undefined && { status }),
    });
    return toPage(rows, limit, toConnectionDto);
  }
}
