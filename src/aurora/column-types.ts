/** A PostgreSQL type as it stands after `::`, lower case, such as `timestamptz` or `text[]`. */
export type PgType = string;

/** Types of columns by table and column, in the database's own names. Columns of CTEs and subqueries are not in it. */
export type ColumnTypes = Readonly<Record<string, Readonly<Record<string, PgType>>>>;
