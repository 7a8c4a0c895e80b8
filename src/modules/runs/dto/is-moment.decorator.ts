import { isISO8601, ValidateBy } from 'class-validator';

/** A point in time as text. Without an offset it would mean something else on every server. */
export const IsMoment = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value) => isISO8601(value, { strict: true }) && /T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(String(value)),
      defaultMessage: () => 'must be an ISO 8601 time with an offset, such as 2026-12-01T06:00:00Z',
    },
  });
