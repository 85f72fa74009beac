import { parseSync } from 'libpg-query';

/** What a statement touches, as PostgreSQL's own parser reads it. */
export interface Touched {
  /** Kinds of statement in it, nested ones included, such as `SelectStmt`. */
  readonly statements: ReadonlySet<string>;
  /** Top-level statements. */
  readonly count: number;
  /** Tables, less the names that the statement itself defines. */
  readonly tables: ReadonlySet<string>;
  /**
   * `table.column` or `column`, less what the statement itself defines; `one|other.column` where the
   * same alias stands for several tables, each in a subquery of its own.
   */
  readonly columns: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** String constants: whatever a caller wrote is a parameter instead. */
  readonly constants: ReadonlySet<string>;
}

type Node = Readonly<Record<string, unknown>>;

/** Reads one SQL text; `loadModule()` of libpg-query must have resolved. Throws where PostgreSQL's grammar refuses it. */
export function touchedBy(sql: string): Touched {
  const tree = parseSync(sql) as { readonly stmts: readonly unknown[] };
  const found = {
    statements: new Set<string>(),
    tables: new Set<string>(),
    columns: new Set<string>(),
    functions: new Set<string>(),
    constants: new Set<string>(),
  };
  const relations = new Map<string, Set<string>>();
  const define = (alias: string, relation: string): void => {
    relations.set(alias, (relations.get(alias) ?? new Set()).add(relation));
  };
  const ctes = new Set<string>();
  const outputs = new Set<string>();
  const references: string[][] = [];

  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [name, member] of Object.entries(value as Node)) {
      // In a list the name is a number, which is no node's.
      note(name, member as Node);
      visit(member);
    }
  };
  const note = (name: string, node: Node): void => {
    if (name.endsWith('Stmt')) found.statements.add(name);
    else if (name === 'RangeVar') {
      define(aliasOf(node) ?? String(node.relname), String(node.relname));
    } else if (name === 'RangeSubselect' || name === 'RangeFunction') {
      define(aliasOf(node) ?? '', '');
    } else if (name === 'CommonTableExpr') {
      ctes.add(String(node.ctename));
    } else if (name === 'ResTarget') {
      outputs.add(typeof node.name === 'string' ? node.name : impliedName(node));
    } else if (name === 'alias') {
      for (const column of names(node.colnames)) outputs.add(column);
    } else if (name === 'ColumnRef') {
      references.push(names(node.fields));
    } else if (name === 'FuncCall') {
      found.functions.add(names(node.funcname).join('.'));
    } else if (name === 'A_Const' && node.sval !== undefined) {
      found.constants.add(String((node.sval as Node).sval ?? ''));
    }
  };
  visit(tree.stmts);

  // A subquery or a CTE defines what it has; only tables are looked at.
  const tablesOf = (alias: string): string[] =>
    [...(relations.get(alias) ?? [])].filter((relation) => relation !== '' && !ctes.has(relation));
  for (const alias of relations.keys())
    for (const table of tablesOf(alias)) found.tables.add(table);
  for (const path of references) {
    const column = path.at(-1) ?? '';
    const qualifier = path.at(-2);
    if (qualifier === undefined) {
      const isOwn = outputs.has(column) || relations.has(column) || column === '*';
      if (!isOwn) found.columns.add(column);
    } else if (!relations.has(qualifier) && !ctes.has(qualifier)) {
      found.columns.add(path.join('.'));
    } else {
      const tables = tablesOf(qualifier);
      const isOwn = tables.length < (relations.get(qualifier)?.size ?? 0) && outputs.has(column);
      if (tables.length > 0 && !isOwn) found.columns.add(`${tables.sort().join('|')}.${column}`);
    }
  }
  return { ...found, count: tree.stmts.length };
}

/** A column that is selected without another name keeps its own. */
function impliedName({ val }: Node): string {
  const reference = (val as Node | undefined)?.ColumnRef as Node | undefined;
  return names(reference?.fields).at(-1) ?? '';
}

function aliasOf(node: Node): string | undefined {
  const alias = node.alias as Node | undefined;
  return alias && String(alias.aliasname);
}

/** Texts of a list of names; a star is one too. */
function names(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Node[]).map((item) =>
    'A_Star' in item ? '*' : String((item.String as Node | undefined)?.sval ?? '?'),
  );
}
