import { type Json, type JsonObject, shorten } from '#libs/json-guard';

import { METER_KEYWORD } from './keywords.js';
import { SchemaError } from './schema-error.js';
import { type Applicator, APPLICATORS, ASSERTIONS, DEFINITIONS, KNOWN_DRAFTS } from './schema-keywords.js';
import { SCHEMA_LIMITS } from './schema-limits.js';

type Path = (string | number)[];

/** A pattern and where it stands in the schema. */
export interface PatternUse {
  readonly source: string;
  readonly path: Path;
}

/** A subschema. */
export interface SchemaNode {
  readonly path: Path;
  /** What Ajv gets. */
  schema: boolean | JsonObject;
  /** Subschemas applied to the same value, those it refers to included. */
  readonly inPlace: SchemaNode[];
}

interface Reference {
  readonly from: SchemaNode;
  readonly target: string;
  readonly path: Path;
}

/** Goes over a schema that satisfies the meta-schema, and builds what Ajv gets. Recursion is bounded by the depth. */
export class SchemaWalk {
  /** By RFC 6901 pointer from the root. */
  readonly nodes = new Map<string, SchemaNode>();
  readonly patterns: PatternUse[] = [];
  hasDefaults = false;
  subschemas = 0;
  private readonly anchors = new Map<string, SchemaNode>();
  private readonly references: Reference[] = [];
  private readonly rootId: string | undefined;

  constructor(private readonly source: boolean | JsonObject) {
    const id = typeof source === 'object' ? source['$id'] : undefined;
    this.rootId = typeof id === 'string' ? withoutEmptyFragment(id) : undefined;
  }

  run(): boolean | JsonObject {
    const root = this.visit(this.source, []);
    const definitions = this.link(root);
    return Object.keys(definitions).length > 0 ? { ...(root.schema as JsonObject), $defs: definitions } : root.schema;
  }

  private visit(source: Json, path: Path): SchemaNode {
    this.count(path);
    const node: SchemaNode = { path, schema: source === true, inPlace: [] };
    this.nodes.set(pointerTo(path), node);
    if (typeof source === 'boolean') return node;
    const schema: JsonObject = {};
    node.schema = schema;
    let cost = 1;
    for (const [keyword, value] of Object.entries(source as JsonObject)) {
      const applicator = APPLICATORS.get(keyword);
      if (applicator !== undefined) {
        const held = this.visitHeld(node, keyword, value, applicator);
        if (DEFINITIONS.has(keyword)) continue;
        schema[keyword] = held;
        cost += typeof held === 'object' && held !== null ? Object.keys(held).length : 0;
      } else if (ASSERTIONS.has(keyword)) {
        schema[keyword] = value;
        cost += JSON.stringify(value).length >> 4;
        this.noteAssertion(keyword, value, path);
      } else {
        this.noteIdentity(node, keyword, value);
      }
    }
    this.addDependentRequired(schema, (source as JsonObject)['dependentRequired'], path);
    if (Object.keys(schema).length > 0) schema[METER_KEYWORD] = cost;
    return node;
  }

  private visitHeld(node: SchemaNode, keyword: string, value: Json, { holds, inPlace }: Applicator): Json {
    const path = [...node.path, keyword];
    const visit = (child: Json, step: Path): Json => {
      const held = this.visit(child, [...path, ...step]);
      if (inPlace) node.inPlace.push(held);
      return held.schema;
    };
    if (holds === 'one') return visit(value, []);
    if (holds === 'list') {
      const alternatives = value as Json[];
      if (keyword !== 'allOf' && alternatives.length > SCHEMA_LIMITS.alternatives) {
        throw new SchemaError(`"${keyword}" has more than ${SCHEMA_LIMITS.alternatives} entries: use fewer.`, path);
      }
      return alternatives.map((child, index) => visit(child, [index]));
    }
    const entries = Object.entries(value as JsonObject).map(([name, child]): [string, Json] => {
      if (keyword === 'patternProperties') this.patterns.push({ source: name, path: [...path, name] });
      if (keyword === 'properties') refuseUnusableDefault(name, child, path);
      return [name, Array.isArray(child) ? this.requirement(child, path) : visit(child, [name])];
    });
    return Object.fromEntries(entries);
  }

  /** Ajv's own code for `dependentRequired` grows with the square of the number of names. */
  private addDependentRequired(schema: JsonObject, dependentRequired: Json | undefined, path: Path): void {
    if (dependentRequired === undefined) return;
    const entries = Object.entries(dependentRequired as JsonObject);
    const dependentSchemas = Object.fromEntries(
      entries.map(([name, names]) => [name, this.requirement(names, [...path, 'dependentRequired'])]),
    );
    addInPlace(schema, { dependentSchemas, [METER_KEYWORD]: entries.length });
  }

  private requirement(names: Json, path: Path): JsonObject {
    this.count(path);
    return { required: names, [METER_KEYWORD]: 1 + (names as Json[]).length };
  }

  private count(path: Path): void {
    this.subschemas += 1;
    const limit = SCHEMA_LIMITS.subschemas;
    if (this.subschemas > limit) {
      throw new SchemaError(`The schema holds more than ${limit} subschemas: make it smaller.`, path);
    }
  }

  private noteAssertion(keyword: string, value: Json, path: Path): void {
    if (keyword === 'default') this.hasDefaults = true;
    if (keyword === 'pattern') this.patterns.push({ source: value as string, path: [...path, keyword] });
  }

  /** What says where a schema is and where it refers to. In one document `$dynamicRef` means the same as `$ref`. */
  private noteIdentity(node: SchemaNode, keyword: string, value: Json): void {
    const path = [...node.path, keyword];
    switch (keyword) {
      case '$ref':
      case '$dynamicRef':
        this.references.push({ from: node, target: value as string, path });
        break;
      case '$anchor':
      case '$dynamicAnchor':
        if (this.anchors.has(value as string)) {
          throw new SchemaError(`"${shorten(value as string)}" is used twice: rename it.`, path);
        }
        this.anchors.set(value as string, node);
        break;
      case '$id':
        if (path.length > 1) {
          throw new SchemaError('"$id" may stand at the root only: refer to "#/$defs/…" instead.', path);
        }
        break;
      case '$recursiveRef':
        throw new SchemaError('"$recursiveRef" is not in draft 2020-12: use "$ref".', path);
      case '$schema':
        if (!KNOWN_DRAFTS.has(withoutEmptyFragment(value as string))) {
          throw new SchemaError(
            'Only draft 2020-12 is supported: set "https://json-schema.org/draft/2020-12/schema".',
            path,
          );
        }
        break;
      default:
    }
  }

  /** Resolves all references. What they refer to goes into definitions of plain names, so that no name can confuse. */
  private link(root: SchemaNode): JsonObject {
    const definitions: JsonObject = {};
    const names = new Map<SchemaNode, string>([[root, '#']]);
    for (const { from, target, path } of this.references) {
      const node = this.resolve(target);
      if (node === undefined) {
        const name = shorten(target);
        throw new SchemaError(`"${name}" is not in this schema: refer to "#/$defs/…" (nothing is fetched).`, path);
      }
      from.inPlace.push(node);
      let name = names.get(node);
      if (name === undefined) {
        const key = `d${names.size}`;
        definitions[key] = node.schema;
        name = `#/$defs/${key}`;
        names.set(node, name);
      }
      addReference(from, name);
    }
    return definitions;
  }

  private resolve(target: string): SchemaNode | undefined {
    const hash = target.indexOf('#');
    const document = hash === -1 ? target : target.slice(0, hash);
    if (document !== '' && document !== this.rootId) return undefined;
    const fragment = decode(hash === -1 ? '' : target.slice(hash + 1));
    if (fragment === undefined) return undefined;
    return fragment === '' || fragment.startsWith('/') ? this.nodes.get(fragment) : this.anchors.get(fragment);
  }
}

function addReference(from: SchemaNode, name: string): void {
  const schema = from.schema as JsonObject;
  schema[METER_KEYWORD] ??= 1;
  if (schema['$ref'] === undefined) schema['$ref'] = name;
  else addInPlace(schema, { $ref: name, [METER_KEYWORD]: 1 });
}

function addInPlace(schema: JsonObject, added: JsonObject): void {
  schema['allOf'] = [...((schema['allOf'] as Json[] | undefined) ?? []), added];
}

/** Ajv fills a default where it reads undefined, which it never does for a name that every object inherits. */
function refuseUnusableDefault(name: string, child: Json, path: Path): void {
  const hasDefault = typeof child === 'object' && child !== null && Object.hasOwn(child, 'default');
  if (hasDefault && name in Object.prototype) {
    throw new SchemaError(`A property named "${name}" cannot have a default: rename it or leave the default out.`, [
      ...path,
      name,
      'default',
    ]);
  }
}

function pointerTo(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function withoutEmptyFragment(uri: string): string {
  return uri.endsWith('#') ? uri.slice(0, -1) : uri;
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
