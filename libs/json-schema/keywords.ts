import { _, type CodeKeywordDefinition, Name, nil } from 'ajv/dist/2020.js';

import { canonicalJson, type Json } from '#libs/json-guard';

import type { Meter } from './meter.js';

/** Put into every subschema before Ajv sees it; its value is what one application of that subschema costs. */
export const METER_KEYWORD = 'x-runhook-cost';

const SCANNING = [
  'minLength',
  'maxLength',
  'format',
  'minProperties',
  'maxProperties',
  'propertyNames',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
];

/** Names inside the functions that Ajv generates: the errors found so far, and how many. */
const ERRORS = new Name('vErrors');
const ERROR_COUNT = new Name('errors');

/**
 * Charges the meter before a subschema is applied. Errors count too: for each reference Ajv copies all of those that
 * it has.
 */
export function meterKeyword(meter: Meter): CodeKeywordDefinition {
  return {
    keyword: METER_KEYWORD,
    schemaType: 'number',
    before: '$dynamicAnchor',
    code: ({ gen, data, schema, parentSchema }) => {
      const ref = gen.scopeValue('obj', { ref: meter });
      const scan = SCANNING.some((keyword) => keyword in parentSchema) ? _` + ${ref}.costOfScan(${data})` : nil;
      gen.if(_`(${ref}.left -= ${Number(schema)} + ${ERROR_COUNT}${scan}) < 0`, () =>
        gen.code(_`${ref}.refill(${ERRORS})`),
      );
    },
  };
}

/** `uniqueItems` in linear time: Ajv's own compares every item with every other. */
export function uniqueItemsKeyword(meter: Meter): CodeKeywordDefinition {
  const find = (items: Json[]): [number, number] | undefined => findDuplicate(items, meter);
  return {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: '', params: ({ params }) => _`{indexes: ${params['indexes']}}` },
    code: (cxt) => {
      if (cxt.schema !== true) return;
      const indexes = cxt.gen.const('indexes', _`${cxt.gen.scopeValue('func', { ref: find })}(${cxt.data})`);
      cxt.setParams({ indexes });
      cxt.fail(_`${indexes} !== undefined`);
    },
  };
}

/** The indexes of the first two items that are equal as JSON. */
function findDuplicate(items: readonly Json[], meter: Meter): [number, number] | undefined {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const text = canonicalJson(item);
    meter.charge(1 + (text.length >> 2));
    const earlier = seen.get(text);
    if (earlier !== undefined) return [earlier, index];
    seen.set(text, index);
  }
  return undefined;
}
