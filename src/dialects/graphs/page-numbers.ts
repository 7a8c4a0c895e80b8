/** Where a list of this dialect starts and how long it is. What is no number is as good as absent, what is out of bounds is moved into them. */
export const toPageNumbers = (
  limit: string | undefined,
  offset: string | undefined,
): { limit: number; offset: number } => ({
  limit: Math.min(Math.max(toInteger(limit) ?? 50, 1), 100),
  offset: Math.min(Math.max(toInteger(offset) ?? 0, 0), 1_000_000),
});

const toInteger = (text: string | undefined): number | null => (/^-?\d{1,9}$/.test(text ?? '') ? Number(text) : null);
