/** How a value of a type is answered. */
export type Kind =
  | 'boolean'
  | 'long'
  | 'double'
  | 'decimal'
  | 'blob'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'string';

/** A type as the service answers and describes it. */
export interface TypeInfo {
  readonly kind: Kind;
  /** PostgreSQL's typname; an array's is that of its element behind `_`. */
  readonly name: string;
  /** The type code of JDBC. */
  readonly jdbc: number;
  readonly isArray: boolean;
}

/** A type that results may not hold, with the word the service has for it. */
export interface RefusedType {
  readonly refused: string;
}

type Row = readonly [oid: number, arrayOid: number, name: string, kind: Kind, jdbc: number];

const ARRAY_JDBC = 2003;
const OTHER_JDBC = 1111;
const VARCHAR_JDBC = 12;

/**
 * What the service supports (UG data-api-operations, 2026, the list of result types, and the note on
 * `timestamptz`), by OID. Codes of JDBC are those of pgjdbc. Array OID 0: no result may hold such an array.
 */
const SUPPORTED: readonly Row[] = [
  [16, 1000, 'bool', 'boolean', -7],
  [17, 0, 'bytea', 'blob', -2],
  [19, 1003, 'name', 'string', VARCHAR_JDBC],
  [20, 1016, 'int8', 'long', -5],
  [21, 1005, 'int2', 'long', 5],
  [23, 1007, 'int4', 'long', 4],
  [25, 1009, 'text', 'string', VARCHAR_JDBC],
  [114, 199, 'json', 'string', OTHER_JDBC],
  [650, 0, 'cidr', 'string', OTHER_JDBC],
  [700, 1021, 'float4', 'double', 7],
  [701, 1022, 'float8', 'double', 8],
  [869, 0, 'inet', 'string', OTHER_JDBC],
  [1042, 1014, 'bpchar', 'string', 1],
  [1043, 1015, 'varchar', 'string', VARCHAR_JDBC],
  [1082, 1182, 'date', 'date', 91],
  [1083, 1183, 'time', 'time', 92],
  [1114, 1115, 'timestamp', 'timestamp', 93],
  [1184, 1185, 'timestamptz', 'timestamp', 93],
  [1700, 1231, 'numeric', 'decimal', 2],
  [2278, 0, 'void', 'string', OTHER_JDBC],
  [2950, 2951, 'uuid', 'string', OTHER_JDBC],
  [3802, 3807, 'jsonb', 'string', OTHER_JDBC],
  // Seen to work, though not in the list (data-api-client, integration tests).
  [3904, 0, 'int4range', 'string', OTHER_JDBC],
  [3906, 0, 'numrange', 'string', OTHER_JDBC],
];

/** `bit` is in the list of arrays only. */
const BIT_ARRAY = 1561;

const TYPES = new Map<number, TypeInfo>([
  ...SUPPORTED.flatMap(([oid, arrayOid, name, kind, jdbc]): [number, TypeInfo][] => [
    [oid, { kind, name, jdbc, isArray: false }],
    ...(arrayOid ? [[arrayOid, arrayOf(kind, name)] as [number, TypeInfo]] : []),
  ]),
  [BIT_ARRAY, arrayOf('string', 'bit')],
]);

/** Types by which the service is known to name them otherwise than PostgreSQL does (ez4, simiancraft, kysely-data-api #38). */
const REFUSED_AS: Readonly<Record<string, string>> = {
  char: '"CHAR"',
  interval: 'INTERVAL',
  timetz: 'TIMETZ',
  point: 'POINT',
  box: 'BOX',
  circle: 'CIRCLE',
  line: 'LINE',
  lseg: 'LSEG',
  path: 'PATH',
  polygon: 'POLYGON',
  money: 'MONEY',
};

/** A type that is in every PostgreSQL; undefined for what the catalogue has to be asked for. */
export function builtInType(oid: number): TypeInfo | undefined {
  return TYPES.get(oid);
}

/** A row of `pg_type`, with that of the element where it is an array. */
export interface CatalogueType {
  readonly name: string;
  /** `e` is an enum. */
  readonly type: string;
  readonly elementName?: string;
  readonly elementType?: string;
}

/** What the service makes of any other type: enums and vectors are answered as text, the rest is refused. */
export function catalogueType(found: CatalogueType): TypeInfo | RefusedType {
  if (found.type === 'e') {
    return { kind: 'string', name: found.name, jdbc: VARCHAR_JDBC, isArray: false };
  }
  if (found.name === 'vector') {
    return { kind: 'string', name: found.name, jdbc: OTHER_JDBC, isArray: false };
  }
  if (found.elementType === 'e' && found.elementName !== undefined) {
    return arrayOf('string', found.elementName);
  }
  return { refused: REFUSED_AS[found.name] ?? found.name };
}

function arrayOf(kind: Kind, element: string): TypeInfo {
  return { kind, name: `_${element}`, jdbc: ARRAY_JDBC, isArray: true };
}
