/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 embeds it. */
export type Schema = Record<string, unknown>;

export interface ResponseDescription {
  description: string;
  headers?: Record<string, Schema>;
  content?: Record<string, { schema?: Schema; example?: unknown; examples?: Schema }>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { in: string; name: string; required?: boolean; schema?: Schema; description?: string }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<string, ResponseDescription | { $ref: string }>;
  security?: Record<string, string[]>[];
  'x-public'?: boolean;
  'x-errors'?: number[];
}

/** The part of an OpenAPI document that its finishing works on. */
export interface Description {
  openapi: string;
  info: Schema;
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, ResponseDescription>;
    headers: Record<string, Schema>;
    securitySchemes: Record<string, Schema>;
  };
  [member: string]: unknown;
}

export interface PlacedOperation {
  path: string;
  method: string;
  operation: Operation;
}

export const operationsOf = ({ paths }: Description): PlacedOperation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

export const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
