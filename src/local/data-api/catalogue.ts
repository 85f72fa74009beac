import type { Bound, RawResult } from './engine.ts';
import { STATEMENT_TIMEOUT_MS } from './limits.ts';
import type { Lease } from './sessions.ts';
import { builtInType, catalogueType, type RefusedType, type TypeInfo } from './types.ts';

/** Where a result's column comes from. */
export interface TableColumn {
  readonly table: string;
  readonly name: string;
  readonly isNotNull: boolean;
  readonly isAutoIncrement: boolean;
}

/** How long what was read is believed: another client of the same database may rename a table. */
const MAX_AGE_MS = 1_000;

/** Statements that change no catalogue, unless a function does so behind their back: hence the age. */
const PLAIN = /^(select|insert|update|delete|merge|with|values|table|show|explain|fetch)$/i;

/** Reads PostgreSQL's catalogue for what its protocol leaves out, and remembers it for a moment. */
export class Catalogue {
  private types = new Map<number, TypeInfo | RefusedType>();
  private tables = new Map<number, ReadonlyMap<number, TableColumn>>();
  private readAtMs = 0;

  /** Forgets everything when a statement, by its first word, may have changed it. */
  notice(firstWord: string): void {
    if (!PLAIN.test(firstWord)) this.forget();
  }

  forget(): void {
    this.types = new Map();
    this.tables = new Map();
  }

  /** The type of each column. Cost: a query for types that are not built in. */
  async typesOf(lease: Lease, result: RawResult): Promise<(TypeInfo | RefusedType)[]> {
    const known = result.columns.map(({ oid }) => builtInType(oid));
    if (known.every((type): type is TypeInfo => type !== undefined)) return known;
    this.age();
    const wanted = result.columns
      .map(({ oid }) => oid)
      .filter((oid) => !builtInType(oid) && !this.types.has(oid));
    if (wanted.length > 0) {
      const { rows } = await ask(
        lease,
        `select t.oid, t.typname, t.typtype, e.typname, e.typtype from pg_catalog.pg_type t
         left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
         where t.oid = any ($1::pg_catalog.text::pg_catalog.oid[])`,
        wanted,
      );
      for (const [oid, name, type, elementName, elementType] of rows) {
        const found = { name: name ?? '', type: type ?? '' };
        const element = elementName && elementType ? { elementName, elementType } : undefined;
        this.types.set(Number(oid), catalogueType({ ...found, ...element }));
      }
    }
    return result.columns.map(
      ({ oid }) => builtInType(oid) ?? this.types.get(oid) ?? { refused: String(oid) },
    );
  }

  /** The table column behind each column, where there is one. Cost: a query for tables not seen of late. */
  async columnsOf(lease: Lease, result: RawResult): Promise<(TableColumn | undefined)[]> {
    this.age();
    const wanted = result.columns
      .map(({ tableOid }) => tableOid)
      .filter((oid) => oid !== 0 && !this.tables.has(oid));
    if (wanted.length > 0) {
      const { rows } = await ask(
        lease,
        `select c.oid, a.attnum, c.relname, a.attname, a.attnotnull::int,
           (a.attidentity <> '' or coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false))::int
         from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
         left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.oid = any ($1::pg_catalog.text::pg_catalog.oid[])`,
        wanted,
      );
      const tables = new Map<number, Map<number, TableColumn>>();
      for (const [oid, number, table, name, isNotNull, isAutoIncrement] of rows) {
        const columns = tables.get(Number(oid)) ?? new Map<number, TableColumn>();
        tables.set(Number(oid), columns);
        columns.set(Number(number), {
          table: table ?? '',
          name: name ?? '',
          isNotNull: isNotNull === '1',
          isAutoIncrement: isAutoIncrement === '1',
        });
      }
      for (const [oid, columns] of tables) this.tables.set(oid, columns);
    }
    return result.columns.map(({ tableOid, columnNumber }) =>
      this.tables.get(tableOid)?.get(columnNumber),
    );
  }

  private age(): void {
    const nowMs = performance.now();
    if (nowMs - this.readAtMs < MAX_AGE_MS) return;
    this.forget();
    this.readAtMs = nowMs;
  }
}

const TEXT_OID = 25;

function ask(lease: Lease, sql: string, oids: readonly number[]): Promise<RawResult> {
  const list: Bound = { oid: TEXT_OID, text: `{${[...new Set(oids)].join()}}` };
  return lease.query(sql, [list], { timeoutMs: STATEMENT_TIMEOUT_MS, last: true });
}
