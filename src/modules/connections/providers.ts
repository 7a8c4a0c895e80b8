import { Injectable } from '@nestjs/common';
import { type ConnectionKind, type Connector, ConnectorRegistry } from '#libs/connector-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, type Validator } from '#libs/json-schema';
import { validationError } from '../../platform/errors/index.js';
import { invalid } from './connection.errors.js';

/** A connector whose connections can be made. */
export type Provider = Connector & { connection: ConnectionKind };

/** The connectors as providers of connections, with the rules of what theirs hold. */
@Injectable()
export class Providers {
  private readonly validators = new Map<string, Validator>();

  constructor(private readonly registry: ConnectorRegistry) {}

  /** @throws DomainError VALIDATION_ERROR naming the providers there are */
  get(name: string, ...path: string[]): Provider {
    const connector = this.registry.find(name);
    if (connector?.connection) return connector as Provider;
    const known = this.registry.connectors.filter(({ connection }) => connection).map((other) => other.name);
    throw invalid(`unknown provider "${name.slice(0, 100)}"; known providers are ${known.join(', ')}`, ...path);
  }

  /** A provider whose connections can be authorized by OAuth 2. */
  getOAuth2(name: string, ...path: string[]): Provider {
    const provider = this.get(name, ...path);
    if (provider.connection.oauth2) return provider;
    throw invalid(`${provider.title} connections are made with credentials, not by OAuth 2`, ...path);
  }

  find(name: string): Provider | null {
    const connector = this.registry.find(name);
    return connector?.connection ? (connector as Provider) : null;
  }

  /**
   * @returns what was given, with defaults filled in
   * @throws DomainError VALIDATION_ERROR naming each fault by its path
   */
  check(provider: Provider, member: 'credentials' | 'settings', value: Json): JsonObject {
    const result = this.validator(provider, member).validate(value);
    if (result.ok) return result.value as JsonObject;
    const details = result.issues.map(({ path, message }) => ({ path: [member, ...path], message }));
    throw validationError('Request validation failed', { details });
  }

  private validator(provider: Provider, member: 'credentials' | 'settings'): Validator {
    const name = `${provider.name} ${member}`;
    let validator = this.validators.get(name);
    if (!validator) this.validators.set(name, (validator = compileSchema(provider.connection[member])));
    return validator;
  }
}
