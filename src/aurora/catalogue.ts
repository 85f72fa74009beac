import { sql } from 'kysely';
import type { ArticleStore, CatalogueEntry } from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import { textArray } from './bind.ts';
import type { Database } from './schema.ts';

interface Row {
  readonly id: string;
  readonly stamp: number;
  readonly deleted: boolean;
  readonly outputs: string;
  readonly gone: string;
}

/** Reads what Aurora has of articles and their outputs, for the reconciler. */
export function createCatalogue(aurora: Aurora<Database>): ArticleStore['readCatalogue'] {
  return async (ctx, query) => {
    const chosen =
      'ids' in query
        ? sql`a.id = any(${textArray(query.ids)})`
        : query.since === undefined
          ? sql`a.id > ${query.after}`
          : sql`a.id > ${query.after} and (a.updated_at >= ${query.since}::timestamptz
              or a.deleted_at >= ${query.since}::timestamptz or exists (
                select from ai_output o
                where o.article_key = a.key and o.stored_at >= ${query.since}::timestamptz))`;
    const rows = await aurora.rows(
      ctx,
      'aurora.readCatalogue',
      sql<Row>`
        select a.id, a.stamp, a.deleted_at is not null as deleted, coalesce((
          select jsonb_agg(jsonb_build_object('kind', o.kind, 'version', o.version, 'seenBy', coalesce((
            select jsonb_object_agg(p.name, o.projected -> p.name ->> 0) from projection p
            where p.kind = o.kind and p.state <> 'retiring'
              and (o.projected -> p.name ->> 1)::int8 = p.revision), '{}')) order by o.kind)
          from ai_output o where o.article_key = a.key and not o.dead), '[]')::text as outputs,
          coalesce((
            select jsonb_agg(jsonb_build_object('kind', o.kind, 'version', o.version) order by o.kind)
            from ai_output o where o.article_key = a.key and o.dead), '[]')::text as gone
        from article a where ${chosen}
        order by a.id limit ${'ids' in query ? query.ids.length : query.limit}`,
      { repeatable: true },
    );
    return rows.map(
      ({ id, stamp, deleted, outputs, gone }): CatalogueEntry => ({
        articleId: id,
        state: deleted ? 'deleted' : 'live',
        stamp: Number(stamp),
        // Versions and names only: nothing that JSON could round.
        outputs: JSON.parse(outputs) as CatalogueEntry['outputs'],
        gone: JSON.parse(gone) as CatalogueEntry['gone'],
      }),
    );
  };
}
