import type { FieldRegistry } from './filter-ast.ts';
import { nearestMetric } from './filter-fields.ts';
import { FilterLexer } from './filter-lexer.ts';
import { printPath } from './filter-print.ts';
import {
  type FieldName,
  refusal,
  type TextSource,
  WrittenFault,
  withFaults,
} from './filter-syntax.ts';
import { isName, NAME_RULE } from './ids.ts';
import { nearest } from './nearest.ts';

/** Every member of an article as a reader sees it, in the order of printing. */
export const ARTICLE_MEMBERS = [
  'id',
  'url',
  'title',
  'description',
  'body',
  'language',
  'section',
  'source',
  'authors',
  'topics',
  'publishedAt',
  'ingestedAt',
  'updatedAt',
  'rev',
  'attributes',
  'metrics',
  'aiOutputs',
  'degraded',
] as const;
export type ArticleMember = (typeof ARTICLE_MEMBERS)[number];

/** Come only when asked for; all others are the usual ones, which `*` stands for. */
const UNUSUAL: ReadonlySet<ArticleMember> = new Set(['body', 'aiOutputs']);
/** Come always: without them an answer would be of nobody, or seem whole when it is not. */
const ALWAYS: readonly ArticleMember[] = ['id', 'degraded'];

const INNER_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['source', ['key', 'name']],
  ['topics', ['key', 'name', 'type', 'weight', 'projection']],
]);

/** Far more than an article has members; with very many names the work would grow with their square. */
const MAX_NAMES = 200;
const MAX_LENGTH = 4_096;

/** Names inside a member, outermost first. */
export type MemberPath = readonly string[];

/** What a reader wants to see of an article: of each member the whole, or these paths inside it. */
export interface FieldMask {
  readonly members: ReadonlyMap<ArticleMember, 'whole' | readonly MemberPath[]>;
}

/** What comes where no `fields` are given. */
export const USUAL_FIELDS: FieldMask = {
  members: new Map(
    ARTICLE_MEMBERS.filter((member) => !UNUSUAL.has(member)).map((member) => [member, 'whole']),
  ),
};

/** Whether the mask lets a member through, wholly or in part. */
export function wants(mask: FieldMask, member: ArticleMember): boolean {
  return mask.members.has(member);
}

/** The paths that are wanted inside a member; undefined where all of it is, or nothing. */
export function wantedPaths(
  mask: FieldMask,
  member: ArticleMember,
): readonly MemberPath[] | undefined {
  const wanted = mask.members.get(member);
  return wanted === 'whole' ? undefined : wanted;
}

/**
 * Reads `fields`: names with commas between them, or a list of names; dots lead into `source`, `topics`
 * (each of them), `attributes`, `metrics` and, by kind, `aiOutputs`. Undefined for nothing given. Errors:
 * `invalid` with one fault; an unknown name suggests the nearest.
 */
export function parseFields(
  given: string | readonly string[],
  registry: FieldRegistry,
  source: TextSource = typeof given === 'string' ? { parameter: 'fields' } : { pointer: '/fields' },
): FieldMask | undefined {
  if (typeof given === 'string') {
    return given.trim() === '' ? undefined : maskOf(readNames(given, registry, source));
  }
  if (given.length > MAX_NAMES) throw refusal('fields.parse', tooLong(0), source);
  const names = given.flatMap((text, index) =>
    readNames(
      text,
      registry,
      'pointer' in source ? { pointer: `${source.pointer}/${index}` } : source,
    ),
  );
  return names.length === 0 ? undefined : maskOf(names);
}

/** Prints a mask as its one canonical text, which `parseFields` reads back as the same. */
export function printFields(mask: FieldMask): string {
  return [...mask.members]
    .flatMap(([member, wanted]) =>
      wanted === 'whole' ? [member] : wanted.map((path) => printPath([member, ...path])),
    )
    .join(',');
}

function readNames(
  text: string,
  registry: FieldRegistry,
  source: TextSource,
): readonly MemberPath[] {
  const lexer = new FilterLexer(text);
  const read = (): readonly MemberPath[] => {
    const names: MemberPath[] = [];
    if (text.length > MAX_LENGTH) throw tooLong(MAX_LENGTH);
    do {
      if (names.length >= MAX_NAMES) throw tooLong(lexer.position);
      if (lexer.eat('*')) {
        names.push(...[...USUAL_FIELDS.members.keys()].map((member) => [member]));
        continue;
      }
      const name = lexer.fieldName();
      if (!name) throw new WrittenFault(lexer.position, 'expected_name', 'a name is expected here');
      names.push(known(name, registry));
    } while (lexer.eat(','));
    if (lexer.peek() === '') return names;
    throw new WrittenFault(lexer.position, 'unexpected_character', 'a comma is expected here');
  };
  return withFaults(read, (fault) => refusal('fields.parse', fault, source));
}

function tooLong(position: number): WrittenFault {
  const detail = `at most ${MAX_NAMES} names in ${MAX_LENGTH} characters`;
  return new WrittenFault(position, 'too_long', detail);
}

function known({ path, at }: FieldName, registry: FieldRegistry): MemberPath {
  const [first = '', second] = path;
  const member = ARTICLE_MEMBERS.find((name) => name === first);
  if (!member) {
    const meant =
      registry.metric(first) !== undefined && path.length === 1
        ? `metrics.${first}`
        : [nearest(first, ARTICLE_MEMBERS), ...path.slice(1)];
    const name = typeof meant === 'string' ? meant : meant[0] && meant.join('.');
    throw new WrittenFault(at, 'unknown_field', `an article has no ${first}`, { name });
  }
  if (second === undefined || member === 'attributes') return path;
  if (member === 'aiOutputs') {
    if (path.length === 2 && isName(second)) return path;
    throw noKind(second, at);
  }
  const wrong = (code: string, name: string | undefined): WrittenFault =>
    new WrittenFault(at, code, `there is no ${path.join('.')}`, { name });
  if (member === 'metrics') {
    if (path.length === 2 && registry.metric(second) !== undefined) return path;
    throw wrong('unknown_metric', nearestMetric(path.slice(1).join('.'), registry));
  }
  const inner = INNER_MEMBERS.get(member) ?? [];
  if (path.length === 2 && inner.includes(second)) return path;
  const meant = nearest(path.slice(1).join('.'), inner);
  throw wrong('unknown_field', meant ? `${member}.${meant}` : member);
}

/** What leads into outputs and is no kind, or leads further. */
function noKind(kind: string, at: FieldName['at']): WrittenFault {
  const [detail, name] = isName(kind)
    ? ['an output comes whole', `aiOutputs.${kind}`]
    : [`a kind of output is ${NAME_RULE}`, 'aiOutputs'];
  return new WrittenFault(at, 'unknown_field', detail, { name });
}

/** The mask in its one form: members in order, paths sorted, none of them inside another. */
function maskOf(names: readonly MemberPath[]): FieldMask {
  const members = new Map<ArticleMember, 'whole' | readonly MemberPath[]>();
  for (const member of ARTICLE_MEMBERS) {
    const paths = names.filter(([first]) => first === member).map((path) => path.slice(1));
    if (ALWAYS.includes(member) || paths.some((path) => path.length === 0)) {
      members.set(member, 'whole');
    } else if (paths.length > 0) members.set(member, withoutRepeats(paths));
  }
  return { members };
}

function withoutRepeats(paths: readonly MemberPath[]): readonly MemberPath[] {
  const sorted = [...paths].sort((a, b) => (printPath(a) < printPath(b) ? -1 : 1));
  return sorted.filter(
    (path, index) =>
      !sorted.some(
        (other, otherIndex) =>
          (other.length < path.length || (other.length === path.length && otherIndex < index)) &&
          other.every((name, depth) => name === path[depth]),
      ),
  );
}
