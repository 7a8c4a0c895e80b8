import type { CreateWorkflowDto } from '../modules/workflows/index.js';

/** Installed by the first start and run by the commands it prints. */
export const EXAMPLE_WORKFLOW: CreateWorkflowDto = {
  name: 'Order total',
  description: 'Adds up the items of an order and its tax.',
  trigger: { type: 'api' },
  inputSchema: {
    type: 'object',
    required: ['items'],
    properties: {
      items: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['quantity', 'price'],
          properties: { quantity: { type: 'number', minimum: 1 }, price: { type: 'number', minimum: 0 } },
        },
      },
    },
  },
  steps: [
    {
      id: 'calculate-total',
      type: 'transform',
      name: 'Calculate order total',
      config: {
        mapping: {
          subtotal: "{{input.items | map: 'quantity * price' | sum}}",
          tax: "{{input.items | map: 'quantity * price' | sum | times: 0.08}}",
          total: "{{input.items | map: 'quantity * price' | sum | times: 1.08}}",
        },
      },
    },
  ],
};

/** An input for it. */
export const EXAMPLE_INPUT = {
  items: [
    { product: 'Widget', quantity: 2, price: 1999 },
    { product: 'Gadget', quantity: 1, price: 500 },
  ],
};
