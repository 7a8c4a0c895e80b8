import type { CompileContext } from '#libs/block-kit';
import type { Connector } from '#libs/connector-kit';
import type { Json } from '#libs/json-guard';
import type { Scope } from '#libs/templates';

/** Which connection a step names. */
interface ConnectionName {
  /** Whether the step names one. */
  isGiven: boolean;
  /** Id or name; null: none. */
  resolve(scope: Scope): string | null;
}

/** Compiles the `connection` member of a configuration, and says to the definition what its runs will need. */
export function compileConnection(
  connector: Connector,
  value: Json | undefined,
  context: CompileContext,
): ConnectionName {
  const isGiven = value !== undefined && value !== null;
  if (isGiven && (typeof value !== 'string' || value.trim() === '')) {
    return context.fail('must be the id or the name of a connection', 'connection');
  }
  if (isGiven && !connector.connection) return context.fail(`${connector.title} takes no connection`, 'connection');
  const template = context.template(value ?? null, 'connection');
  const name = isGiven && template.isStatic ? value : null;
  if (connector.connection && (!connector.connection.optional || name !== null)) {
    context.requireConnection(connector.name, name);
  }
  return {
    isGiven,
    resolve: (scope) => {
      const resolved = template.resolve(scope);
      return typeof resolved === 'string' && resolved !== '' ? resolved : null;
    },
  };
}
