import type { Context } from './context.ts';
import type { OutputShape } from './projection.ts';

const UTF8 = new TextEncoder();

/** Bounds of a shape: one pass over an output of any size stops at them. */
const LIMITS = {
  paths: 200,
  /** UTF-8 of all paths: they are a row of an answer of the Data API, which has 64 KB. */
  bytes: 32 * 1024,
  /** UTF-16 code units of a path; deeper members are left out. */
  pathLength: 200,
  nodes: 20_000,
  /** Elements of an array looked at: the rest is like them. */
  elements: 200,
  /** An object with more members is a map: its members are alike, and their names are data. */
  members: 100,
} as const;

/**
 * The structure of an output as `JSON.parse` makes it: what stands where, without the values; the same for
 * any order of members. Paths are sorted and have their arrays collapsed (`$.entities[*].type`); types are
 * `string`, `number|string`, …, null left out where there is more to say. Large outputs are looked at up to
 * fixed bounds, in the order of their names, so that the same structure still gives the same shape.
 */
export function outputShape(output: unknown): Omit<OutputShape, 'hash'> {
  const found = new Map<string, Set<string>>();
  let nodes = 0;
  let bytes = 0;

  function look(value: unknown, path: string): void {
    if (++nodes > LIMITS.nodes || path.length > LIMITS.pathLength) return;
    const types = found.get(path);
    if (types) types.add(typeOf(value));
    else {
      bytes += UTF8.encode(path).byteLength;
      if (found.size >= LIMITS.paths || bytes > LIMITS.bytes) return;
      found.set(path, new Set([typeOf(value)]));
    }
    if (Array.isArray(value)) {
      const length = Math.min(value.length, LIMITS.elements);
      for (let index = 0; index < length; index++) look(value[index], `${path}[*]`);
    } else if (typeof value === 'object' && value !== null) {
      lookInside(value as Readonly<Record<string, unknown>>, path);
    }
  }

  function lookInside(value: Readonly<Record<string, unknown>>, path: string): void {
    const names = Object.keys(value).sort();
    if (names.length > LIMITS.members) {
      for (const name of names.slice(0, LIMITS.elements)) look(value[name], `${path}.*`);
      return;
    }
    for (const name of names) look(value[name], path + step(name));
  }

  look(output, '$');
  const paths = [...found.keys()].sort();
  return { paths, types: paths.map((path) => told(found.get(path) ?? new Set())) };
}

/** Tells of the first output of its kind that is built like this: as an event, and as a count by kind and model. */
export function tellNewShape(
  ctx: Context,
  first: {
    readonly kind: string;
    /** `OutputShape.hash`. */
    readonly shape: string;
    readonly articleId: string;
    readonly model?: string;
  },
): void {
  ctx.observe({ kind: 'event', name: 'output_shape_first_seen', data: { ...first } });
  const by = { kind: first.kind, model: first.model ?? '' };
  ctx.observe({ kind: 'count', name: 'output_shapes_first_seen', by });
}

function told(types: ReadonlySet<string>): string {
  const names = [...types].sort();
  return (names.length > 1 ? names.filter((name) => name !== 'null') : names).join('|');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function step(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
