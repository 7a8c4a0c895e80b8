import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ConnectionVault } from '#libs/connector-kit';
import type { Settings } from '../../platform/config/index.js';
import { RunConnections } from '../runs/index.js';
import { CheckConnections } from './check-connections.js';
import { ConnectionReader } from './connection-reader.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { ConnectionsController } from './connections.controller.js';
import { AuthorizationRequests } from './oauth/authorization-requests.js';
import { AuthorizationsController } from './oauth/authorizations.controller.js';
import { AuthorizeConnection } from './oauth/authorize-connection.js';
import { CompleteAuthorization } from './oauth/complete-authorization.js';
import { OAuthAppsController } from './oauth/oauth-apps.controller.js';
import { OAuthApps } from './oauth/oauth-apps.js';
import { OAuthCallbackController } from './oauth/oauth-callback.controller.js';
import { OAuthClient } from './oauth/oauth-client.js';
import { OAuthRepository } from './oauth/oauth.repository.js';
import { RefreshTokens } from './oauth/refresh-tokens.js';
import { OpenConnections } from './open-connections.js';
import { Providers } from './providers.js';
import { SaveConnection } from './save-connection.js';
import { TestConnection } from './test-connection.js';

/** What runs and their steps ask of connections, wherever runs start and execute. */
@Global()
@Module({
  providers: [
    ConnectionRepository,
    ConnectionSecrets,
    OAuthClient,
    OAuthRepository,
    RefreshTokens,
    OpenConnections,
    { provide: ConnectionVault, useExisting: OpenConnections },
    { provide: RunConnections, useClass: CheckConnections },
  ],
  exports: [
    ConnectionRepository,
    ConnectionSecrets,
    ConnectionVault,
    OAuthClient,
    OAuthRepository,
    OpenConnections,
    RunConnections,
  ],
})
class ConnectionVaultModule {}

@Module({})
export class ConnectionsModule {
  /** Workers use connections; managing them is the API's. */
  static register(role: Settings['ROLE']): DynamicModule {
    if (role === 'worker') return { module: ConnectionsModule, imports: [ConnectionVaultModule] };
    return {
      module: ConnectionsModule,
      imports: [ConnectionVaultModule],
      controllers: [OAuthCallbackController, AuthorizationsController, ConnectionsController, OAuthAppsController],
      providers: [
        AuthorizationRequests,
        AuthorizeConnection,
        CompleteAuthorization,
        ConnectionReader,
        OAuthApps,
        Providers,
        SaveConnection,
        TestConnection,
      ],
    };
  }
}
