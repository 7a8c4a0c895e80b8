import type { BlockRegistry, BlockType } from '#libs/block-kit';
import type { OpenApiOptions, Schema } from '../platform/openapi/index.js';

/**
 * Describes steps exactly: one schema a block type, with its configuration, in place of the general `StepDto` wherever a definition has steps.
 * The block types are asked, so that a new one is described by being registered.
 */
export function describeSteps(registry: BlockRegistry): OpenApiOptions {
  return {
    models: registry.types.flatMap((type) => type.config ?? []),
    schemas: Object.fromEntries(registry.types.map((type) => [stepName(type), stepSchema(type)])),
    patch: ({ components }) => {
      for (const schema of Object.values(components.schemas)) {
        const { steps } = (schema['properties'] ?? {}) as { steps?: { items?: Schema } };
        if (steps?.items?.['$ref'] === refTo('StepDto')) steps.items = anyStep(registry);
      }
    },
  };
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

const stepName = ({ type }: BlockType): string =>
  `${type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Step`;

const stepSchema = ({ type, aliases = [], description, config }: BlockType): Schema => ({
  description,
  allOf: [
    { $ref: refTo('StepDto') },
    {
      type: 'object',
      properties: {
        type: { type: 'string', enum: [type, ...aliases], description: 'The block type.' },
        ...(config && { config: { $ref: refTo(config.name) } }),
      },
    },
  ],
});

const anyStep = ({ types }: BlockRegistry): Schema => ({
  oneOf: types.map((type) => ({ $ref: refTo(stepName(type)) })),
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries(
      types.flatMap((type) => [type.type, ...(type.aliases ?? [])].map((name) => [name, refTo(stepName(type))])),
    ),
  },
});
