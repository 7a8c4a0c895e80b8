import { describe, expect, it } from 'vitest';
import { emptyProgress, executePlan, type StepEvent } from '#libs/engine';
import { compileDefinition } from '../../src/modules/workflows/compile-definition.js';
import { COMPLETE_EXAMPLE } from '../factories/complete-example.js';
import { openBlockWorld } from '../support/block-world.js';

const { blocks: registry } = await openBlockWorld();

const input = {
  customerId: 'cus_123',
  customerEmail: 'customer@example.com',
  items: [
    { productId: 'a', quantity: 2, price: 1999 },
    { productId: 'b', quantity: 1, price: 500 },
  ],
};
const TOTALS = { subtotal: 4498, tax: 359.84, total: 4857.84 };

const execute = async (definition: Parameters<typeof compileDefinition>[0]) => {
  const events: StepEvent[] = [];
  const progress = emptyProgress();
  const outcome = await executePlan({
    plan: compileDefinition(definition, registry).plan,
    organizationId: 'organization-1',
    runId: 'run-1',
    input,
    progress,
    journal: { record: (event) => void events.push(event), commit: async () => {} },
    signal: new AbortController().signal,
  });
  return { outcome, steps: progress.steps };
};

describe('the complete example of contract 001', () => {
  it('is accepted as it is written, with its input schema', () => {
    const compiled = compileDefinition(COMPLETE_EXAMPLE, registry);
    expect(compiled.plan.nodes.map(({ id }) => id)).toEqual(['calculate-total', 'create-invoice', 'send-confirmation']);
    expect(compiled.plan.effect).toBe('external');
    expect(compiled.input?.validate(input)).toMatchObject({ ok: true });
  });

  it('computes its totals exactly, as numbers', async () => {
    const [calculate] = COMPLETE_EXAMPLE.steps;
    const { outcome } = await execute({ ...COMPLETE_EXAMPLE, steps: calculate ? [calculate] : [] });
    expect(outcome).toEqual({ status: 'completed', output: TOTALS });
  });

  it('fails where there is no connection, after the totals, with the amount as a number', async () => {
    const { outcome, steps } = await execute(COMPLETE_EXAMPLE);
    expect(outcome).toEqual({
      status: 'failed',
      error: {
        code: 'STEP_ERROR',
        message: 'Step Create Invoice (create-invoice) failed: There is no connection of stripe',
        step: 'create-invoice',
      },
    });
    expect(steps.get('calculate-total')).toMatchObject({ status: 'completed', output: TOTALS });
    expect(steps.get('create-invoice')).toMatchObject({
      attempt: 1,
      input: { action: 'stripe.createInvoice', parameters: { customerId: 'cus_123', amount: 4857.84 } },
      error: { code: 'CONNECTION_ERROR' },
    });
  });

  it('goes on to its end where failed steps are told to', async () => {
    const steps = COMPLETE_EXAMPLE.steps.map((step) => ({ ...step, onError: 'continue' as const }));
    const { outcome, steps: records } = await execute({ ...COMPLETE_EXAMPLE, steps });
    expect(outcome).toEqual({ status: 'completed', output: null });
    expect(records.get('send-confirmation')?.input).toEqual({
      action: 'send',
      to: 'customer@example.com',
      subject: 'Order Confirmed - Invoice #',
      body: { html: '<p>Thank you for your order!</p><p>Total: $4857.84</p>' },
    });
  });
});
