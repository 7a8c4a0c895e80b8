import type { Connector, Operation } from '#libs/connector-kit';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';

/** How connections of a connector are made. */
export class ConnectionKindDto {
  /**
   * Whether operations also run without a connection.
   * @example false
   */
  optional: boolean;

  /**
   * Whether credentials may also come from an OAuth 2 authorization.
   * @example true
   */
  oauth2: boolean;

  /**
   * JSON Schema of the credentials; every member is secret.
   * @example { "type": "object", "properties": { "apiKey": { "type": "string" } } }
   */
  @FreeForm('schema')
  credentials: Json;

  /**
   * JSON Schema of the settings, which are shown.
   * @example { "type": "object" }
   */
  @FreeForm('schema')
  settings: Json;
}

/** Something that a connector can do; a step calls it as `connector.operation`. */
export class OperationDto {
  /**
   * Name of the operation.
   * @example createInvoice
   */
  name: string;

  /**
   * What a step has as its `action`.
   * @example stripe.createInvoice
   */
  action: string;

  /**
   * What it does.
   * @example "Creates an invoice for a customer."
   */
  description: string;

  /**
   * JSON Schema (draft 2020-12) of the parameters, which are the step's `config`.
   * @example { "type": "object", "required": ["amount"] }
   */
  @FreeForm('schema')
  parameters: Json;

  /**
   * JSON Schema of the output.
   * @example { "type": "object" }
   */
  @FreeForm('schema')
  output: Json;

  /**
   * Valid parameters.
   * @example { "amount": 9900 }
   */
  @FreeForm()
  example: Json;
}

/** An outside system that steps can call. */
export class ConnectorDto {
  /**
   * Name of the connector; also the `provider` of its connections.
   * @example stripe
   */
  name: string;

  /**
   * What people call it.
   * @example Stripe
   */
  title: string;

  /**
   * What it is for.
   * @example "Customers, invoices, payments and refunds at Stripe."
   */
  description: string;

  /** How its connections are made; null: it needs none. */
  connection: ConnectionKindDto | null;

  /** What it can do. */
  operations: OperationDto[];
}

export const toConnectorDto = ({ name, title, description, connection, operations }: Connector): ConnectorDto => ({
  name,
  title,
  description,
  connection: connection && {
    optional: connection.optional,
    oauth2: connection.oauth2,
    credentials: connection.credentials,
    settings: connection.settings,
  },
  operations: operations.map((operation) => toOperationDto(name, operation)),
});

const toOperationDto = (connector: string, operation: Operation): OperationDto => ({
  name: operation.name,
  action: `${connector}.${operation.name}`,
  description: operation.description,
  parameters: operation.parameters,
  output: operation.output,
  example: operation.example,
});
