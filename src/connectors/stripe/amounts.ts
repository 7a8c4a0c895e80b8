import { Decimal } from 'decimal.js';

/** Whether an amount counts the smallest unit of its currency (cents), as Stripe does, or the currency itself. */
export type AmountUnit = 'minor' | 'major';

/** https://docs.stripe.com/currencies: without a smaller unit, and with a thousandth. All others have a hundredth. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));

function decimalsOf(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/**
 * The amount as Stripe takes it: whole smallest units. What is left of one, such as of a tax, is rounded half away from zero (ADR 8).
 * @param currency in lower case
 * @example toSmallestUnit(4857.84, 'usd', 'minor') // 4858
 */
export function toSmallestUnit(amount: Decimal.Value, currency: string, unit: AmountUnit): number {
  const exact = unit === 'minor' ? new Decimal(amount) : new Decimal(amount).times(10 ** decimalsOf(currency));
  return exact.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber();
}
