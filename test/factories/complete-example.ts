/** Contract 001's "Complete Example", word for word. */
export const COMPLETE_EXAMPLE = {
  name: 'Process Customer Order',
  description: 'Create invoice and send confirmation for customer order',
  trigger: { type: 'api' as const },
  inputSchema: {
    type: 'object',
    required: ['customerId', 'items'],
    properties: {
      customerId: { type: 'string' },
      items: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            productId: { type: 'string' },
            quantity: { type: 'number', minimum: 1 },
            price: { type: 'number', minimum: 0 },
          },
        },
      },
      notes: { type: 'string' },
    },
  },
  steps: [
    {
      id: 'calculate-total',
      type: 'transform',
      name: 'Calculate Order Total',
      config: {
        mapping: {
          subtotal: "{{input.items | map: 'quantity * price' | sum}}",
          tax: "{{input.items | map: 'quantity * price' | sum | times: 0.08}}",
          total: "{{input.items | map: 'quantity * price' | sum | times: 1.08}}",
        },
      },
    },
    {
      id: 'create-invoice',
      type: 'action',
      name: 'Create Invoice',
      action: 'stripe.createInvoice',
      config: {
        customerId: '{{input.customerId}}',
        amount: '{{steps.calculate-total.output.total}}',
        metadata: { source: 'api-order' },
      },
    },
    {
      id: 'send-confirmation',
      type: 'email',
      name: 'Send Confirmation',
      config: {
        action: 'send',
        to: '{{input.customerEmail}}',
        subject: 'Order Confirmed - Invoice #{{steps.create-invoice.output.number}}',
        body: {
          html: '<p>Thank you for your order!</p><p>Total: ${{steps.calculate-total.output.total}}</p>',
        },
      },
    },
  ],
};
