import { type RawBuilder, sql } from 'kysely';
import type { OutputMember, Registry, ScalarField, ValueType } from '../domain/index.ts';
import { registryChanged } from '../domain/index.ts';
import type { PgType } from './column-types.ts';
import { presenceBit } from './metric-presence.ts';

/** A value of an article in SQL, null where there is none. */
export interface FieldSql {
  readonly ref: RawBuilder<unknown>;
  readonly type: PgType;
  readonly nullable: boolean;
  /** A condition for there being none that the planner judges better than `is null`, if there is one. */
  readonly missing?: RawBuilder<unknown>;
  /** Of a metric in the pool: the bit that it has in `metric_presence`. */
  readonly presenceBit?: number;
}

const field = (ref: RawBuilder<unknown>, type: PgType, nullable: boolean): FieldSql => ({
  ref,
  type,
  nullable,
});

const SCALARS: Readonly<Record<ScalarField, FieldSql>> = {
  id: field(sql.ref('article.id'), 'text', false),
  url: field(sql.ref('article.url'), 'text', true),
  title: field(sql.ref('article.title'), 'text', false),
  description: field(sql.ref('article.description'), 'text', true),
  language: field(sql.ref('article.language'), 'text', true),
  section: field(sql.ref('article.section'), 'text', true),
  source: field(sql.ref('article.source_key'), 'text', true),
  publishedAt: field(sql.ref('article.published_at'), 'timestamptz', true),
  ingestedAt: field(sql.ref('article.ingested_at'), 'timestamptz', false),
  updatedAt: field(sql.ref('article.updated_at'), 'timestamptz', false),
  rev: field(sql.ref('article.rev'), 'int8', false),
};

/** A column of the row `article`. */
export function scalarSql(name: ScalarField): FieldSql {
  return SCALARS[name];
}

/** What is stored under member names one below the other; indexes of arrays are no names. */
export function attributeSql(path: readonly string[]): RawBuilder<unknown> {
  const steps = path.map((name) => sql` -> ${name}::text`);
  return sql`(article.attributes${sql.join(steps, sql``)})`;
}

const OUTPUT_MEMBERS: Readonly<Record<OutputMember, FieldSql>> = {
  model: field(sql.ref('o.model'), 'text', true),
  name: field(sql.ref('o.name'), 'text', true),
  runId: field(sql.ref('o.run_id'), 'text', true),
  version: field(sql.ref('o.version'), 'int8', false),
  producedAt: field(sql.ref('o.produced_at'), 'timestamptz', false),
  sizeBytes: field(sql.ref('o.size_bytes'), 'int8', false),
};

/** A member of the catalogue's row `o` of an AI output. */
export function outputSql(member: OutputMember): FieldSql {
  return OUTPUT_MEMBERS[member];
}

/** Where a metric's values are. */
export type MetricStorage =
  | { readonly kind: 'slot'; readonly column: string; readonly rank: string | undefined }
  | { readonly kind: 'overflow'; readonly column: string };

const SLOT = /^(n(?:0[1-9]|1\d|2[0-4])|t0[1-4]|k0[1-8]|b0[1-4])(?:\/(r[1-4]))?$/;

const OVERFLOW_COLUMNS = { number: 'n', time: 't', string: 'k', boolean: 'b' } as const;
const METRIC_TYPES = { number: 'float8', time: 'timestamptz', string: 'text', boolean: 'bool' };

/** Where the registry says that a metric is. Errors: `conflict` (`registry_changed`) where it has none such. */
export function metricStorage(name: string, registry: Registry): MetricStorage {
  const found = registry.projections.find((one) => one.name === name);
  const type = registry.metric(name);
  if (found?.storage === undefined || type === undefined) throw registryChanged('aurora.find');
  if (found.storage === 'overflow') return { kind: 'overflow', column: OVERFLOW_COLUMNS[type] };
  const [, column, rank] = SLOT.exec(found.storage) ?? [];
  // Names of columns come from here alone, whatever the registry held.
  if (column === undefined) throw new Error(`"${found.storage}" is no storage of a metric`);
  return { kind: 'slot', column, rank };
}

/** The type of a metric's column. */
export function metricType(name: string, registry: Registry): PgType {
  return METRIC_TYPES[registry.metric(name) as ValueType];
}

/** Metrics of the row `article`, as columns of the tables that `joins` adds. */
export interface MetricColumns {
  /** ` left join …`, to stand behind `from article`; empty where no metric is named. */
  readonly joins: RawBuilder<unknown>;
  metric(name: string): FieldSql;
  /** The article's id in the row that holds the metric: the tie-break of its index. */
  idBeside(name: string): RawBuilder<unknown>;
}

/**
 * Joins what these metrics need: the wide table once for all that have a column in it, the narrow one for
 * each of the others.
 */
export function joinMetrics(names: Iterable<string>, registry: Registry): MetricColumns {
  const columns = new Map<string, FieldSql>();
  const ids = new Map<string, RawBuilder<unknown>>();
  const joins: RawBuilder<unknown>[] = [];
  let wide = false;
  for (const name of new Set(names)) {
    const storage = metricStorage(name, registry);
    const type = metricType(name, registry);
    if (storage.kind === 'slot') {
      columns.set(name, {
        ...field(sql.ref(`article_metrics.${storage.column}`), type, true),
        missing: sql`not exists (select from article_metrics as m
          where m.article_key = article.key and ${sql.ref(`m.${storage.column}`)} is not null)`,
        presenceBit: presenceBit(storage.column),
      });
      ids.set(name, sql.ref('article_metrics.article_id'));
      if (!wide) {
        joins.unshift(sql` left join article_metrics on article_metrics.article_key = article.key`);
      }
      wide = true;
    } else {
      const alias = `overflow_${columns.size}`;
      columns.set(name, {
        ...field(sql.ref(`${alias}.${storage.column}`), type, true),
        missing: sql`not exists (select from article_metric as m where m.article_key = article.key
          and m.projection = ${name}::text and ${sql.ref(`m.${storage.column}`)} is not null)`,
      });
      ids.set(name, sql.ref(`${alias}.article_id`));
      joins.push(
        sql` left join article_metric as ${sql.ref(alias)} on ${sql.ref(`${alias}.article_key`)} = article.key
          and ${sql.ref(`${alias}.projection`)} = ${name}::text`,
      );
    }
  }
  const joined = <T>(kept: ReadonlyMap<string, T>, name: string): T => {
    const found = kept.get(name);
    if (found === undefined) throw new Error(`the metric ${name} was not joined`);
    return found;
  };
  return {
    joins: sql.join(joins, sql``),
    metric: (name) => joined(columns, name),
    idBeside: (name) => joined(ids, name),
  };
}
