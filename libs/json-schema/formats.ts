import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Format } from 'ajv/dist/2020.js';

import { isPattern } from './linear-pattern.js';
import type { Meter } from './meter.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const URL_SCHEME = /^(?:https?|ftp):\/\//i;
/** Checking a pattern costs far more than its length: look at the clock each time. */
const PATTERN_COST = 50_000;

/**
 * The formats of ajv-formats, checked in full. Three are our own: `url` (theirs backtracks quadratically), `byte`
 * (theirs accepts a text when one of its lines is base64) and `regex` (which must be a pattern that we can match). The
 * others were measured to be linear on a million characters.
 */
export function formatsFor(meter: Meter): Record<string, Format> {
  const isUri = fullFormats.uri;
  return {
    ...fullFormats,
    byte: BASE64,
    url: (text: string) => URL_SCHEME.test(text) && typeof isUri === 'function' && isUri(text),
    regex: (text: string) => {
      meter.charge(PATTERN_COST);
      return isPattern(text);
    },
  };
}
