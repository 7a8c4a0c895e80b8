import { ConnectionAbsent, type ConnectionChoice, ConnectionVault, type OpenConnection } from '#libs/connector-kit';

/** The vault of a server that keeps no connections. */
export class NoConnections extends ConnectionVault {
  override open({ provider, named }: ConnectionChoice): Promise<OpenConnection> {
    return Promise.reject(
      new ConnectionAbsent(`There is no connection${named === null ? '' : ` "${named}"`} of ${provider}`),
    );
  }

  override renew(_organizationId: string, { name }: OpenConnection): Promise<OpenConnection> {
    return Promise.reject(new ConnectionAbsent(`There is no connection "${name}"`));
  }
}
