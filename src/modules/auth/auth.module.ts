import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AuthFailures } from './auth-failures.js';
import { AuthGuard } from './auth.guard.js';
import { ApiKeyHeaderStrategy, BearerStrategy } from './header.strategies.js';
import { ApiKeyRepository } from './keys/api-key.repository.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeys } from './keys/api-keys.js';
import { CreateApiKey } from './keys/create-api-key.js';
import { KeyVerifier } from './key-verifier.js';
import { LastUsed } from './last-used.js';
import { ScopeGuard } from './scope.guard.js';

@Module({
  imports: [PassportModule],
  controllers: [ApiKeysController],
  providers: [
    ApiKeyHeaderStrategy,
    ApiKeyRepository,
    ApiKeys,
    AuthFailures,
    AuthGuard,
    BearerStrategy,
    CreateApiKey,
    KeyVerifier,
    LastUsed,
    ScopeGuard,
  ],
  exports: [ApiKeys, AuthGuard, ScopeGuard],
})
export class AuthModule {}
