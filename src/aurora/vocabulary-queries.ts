import { type RawBuilder, sql } from 'kysely';
import {
  type KeyQuery,
  type KnownSource,
  printJson,
  type SourceOutcome,
  type VocabularyStore,
} from '../domain/index.ts';
import { readAnswer } from './article-row.ts';
import type { Aurora } from './aurora.ts';
import type { Database } from './schema.ts';

/** Bytes of sources in one result: the service refuses results over 1 MiB (limits.ts). */
const RESULT_BYTES = 900 * 1024;

/** Sources and topics by themselves, with the number of their articles. */
export function createVocabularyQueries(aurora: Aurora<Database>): VocabularyStore {
  return {
    async findTopics(ctx, query) {
      const { type, pageSize } = query;
      // One row for each article that has the topic; those of deleted articles are gone with them.
      const rows = await aurora.rows(
        ctx,
        'aurora.findTopics',
        sql<{ key: string; name: string; type: string; articles: number }>`
          with page as materialized (
            select t.key, t.name, t.type from topic t
            where ${inRange(query, sql.ref('t.key'))} and ${type === undefined ? sql`true` : sql`t.type = ${type}`}
            order by t.key limit ${pageSize + 1}
          )
          select page.key, page.name, page.type, (select count(*)
            from topic_rank edge where edge.topic_key = page.key) as articles
          from page order by page.key limit ${pageSize + 1}`,
        { repeatable: true },
      );
      const items = rows.slice(0, pageSize);
      const last = items.at(-1);
      return { items, ...(last && rows.length > items.length ? { next: [last.key] } : {}) };
    },

    async findSources(ctx, query) {
      const rows = await aurora.rows(
        ctx,
        'aurora.findSources',
        sql<{ document: string; more: boolean }>`
          with page as materialized (
            select s.key from source s where ${inRange(query, sql.ref('s.key'))}
            order by s.key limit ${query.pageSize + 1}
          ), documents as (
            select page.key, source_document(s)::text as document, row_number() over (order by page.key) as place
            from page join source s on s.key = page.key
            order by page.key limit ${query.pageSize}
          ), measured as (
            select *, sum(octet_length(document)) over (order by place) as bytes from documents
          ), shown as (
            select * from measured where bytes <= ${RESULT_BYTES} or place = 1
          )
          select document, (select count(*) from page) > (select count(*) from shown) as more
          from shown order by place`,
        { repeatable: true },
      );
      const items = rows.map(({ document }) => toSource(document));
      const last = items.at(-1);
      return { items, ...(last && rows[0]?.more ? { next: [last.key] } : {}) };
    },

    async getSource(ctx, key) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.getSource',
        sql<{ document: string }>`
          select source_document(s)::text as document from source s where s.key = ${key}`,
        { repeatable: true },
      );
      return row && toSource(row.document);
    },

    async putSource(ctx, key, profile, ifRev) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.putSource',
        sql<{ answer: string }>`select put_source(${printJson({ ...profile, key })}::jsonb,
          ${ifRev ?? null}::int8)::text as answer`,
        // Sent again, a guarded write would be refused for its own success.
        { repeatable: ifRev === undefined },
      );
      return readAnswer<SourceOutcome>(row?.answer ?? 'null', ['source', 'attributes']);
    },
  };
}

function toSource(document: string): KnownSource {
  return readAnswer<KnownSource>(document, ['attributes']);
}

/** Keys with the prefix, behind the cursor: one range of the index, whose order is that of code points. */
function inRange({ prefix, after }: KeyQuery, key: RawBuilder<unknown>): RawBuilder<unknown> {
  const begins = prefix === undefined ? sql`true` : sql`${key} ^@ ${prefix}`;
  return after === undefined ? begins : sql`${begins} and ${key} > ${String(after[0])}`;
}
