import { sql } from 'kysely';
import {
  type Article,
  type ArticleStore,
  type CursorValues,
  printJson,
  type RelatedReason,
  type Relation,
  type RelationOutcome,
} from '../domain/index.ts';
import { readAnswer, toArticle } from './article-row.ts';
import type { Aurora } from './aurora.ts';
import { textArray } from './bind.ts';
import type { Database } from './schema.ts';

type Relations = Pick<ArticleStore, 'putRelation' | 'deleteRelation' | 'findRelations' | 'related'>;

/** Reads and writes of edges between articles. */
export function createRelationQueries(aurora: Aurora<Database>): Relations {
  return {
    async putRelation(ctx, relation) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.putRelation',
        sql<{ answer: string }>`select put_relation(${printJson(relation)}::jsonb)::text as answer`,
        { repeatable: true },
      );
      const answer = readAnswer<RelationOutcome>(row?.answer ?? 'null', ['relation', 'attributes']);
      return 'relation' in answer ? { ...answer, relation: toRelation(answer.relation) } : answer;
    },

    async deleteRelation(ctx, { from, kind, to }) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.deleteRelation',
        sql<{ answer: string }>`select delete_relation(${from}, ${kind}, ${to})::text as answer`,
        { repeatable: true },
      );
      return readAnswer(row?.answer ?? 'null');
    },

    async findRelations(ctx, id, { direction, kind, pageSize, after }) {
      const rows = await aurora.rows(
        ctx,
        'aurora.findRelations',
        sql<{ state: string; relation: string | null; cursor: string | null; more: boolean }>`
          with asked as (
            select coalesce(max(case when deleted_at is null then 'live'
                when deleted_at > now() - interval '30 days' then 'deleted' end), 'unknown') as state,
              max(key) as key
            from article where id = ${id}
          ), page as (
            select jsonb_build_object('from', f.id, 'to', t.id, 'kind', r.kind, 'weight', r.weight,
                'origin', r.origin, 'attributes', r.attributes, 'projection', nullif(r.projection, ''),
                'createdAt', utc_text(r.created_at))::text as relation,
              jsonb_build_array(utc_text(r.created_at), r.kind, f.id, t.id, r.projection)::text as cursor,
              row_number() over (order by r.created_at desc, r.kind, f.id, t.id, r.projection) as place
            from asked, relations_of(asked.key) r
              join article f on f.key = r.from_key join article t on t.key = r.to_key
            where asked.state = 'live'
              and (${kind ?? null}::text is null or r.kind = ${kind ?? null}::text)
              and (${direction} = 'both' or (${direction} = 'out' and r.outgoing) or (${direction} = 'in' and r.incoming))
              and ${after === undefined ? sql`true` : isBehind(after)}
            order by place limit ${pageSize + 1}
          ), shown as (
            select *, sum(octet_length(relation)) over (order by place) as bytes from page
            order by place limit ${pageSize}
          ), told as (select * from shown where bytes <= ${RESULT_BYTES} or place = 1)
          select asked.state, told.relation, told.cursor,
            (select count(*) from page) > (select count(*) from told) as more
          from asked left join told on true order by told.place`,
        { repeatable: true },
      );
      const state = rows[0]?.state;
      if (state !== 'live') return { state: state === 'deleted' ? 'deleted' : 'unknown' };
      const found = rows.filter((row) => row.relation !== null);
      const last = found.at(-1);
      return {
        state: 'live',
        items: found.map(({ relation }) =>
          toRelation(readAnswer<Relation>(relation as string, ['attributes'])),
        ),
        ...(last?.more ? { next: JSON.parse(last.cursor as string) } : {}),
      };
    },

    async related(ctx, id, { kinds, limit }) {
      const only = kinds === undefined ? sql`true` : sql`r.kind = any(${textArray(kinds)})`;
      const unnarrowed = kinds === undefined ? sql`true` : sql`false`;
      const rows = await aurora.rows(
        ctx,
        'aurora.related',
        sql<{ state: string; document: string | null; score: number | null; why: string | null }>`
          with asked as (
            select coalesce(max(case when deleted_at is null then 'live'
                when deleted_at > now() - interval '30 days' then 'deleted' end), 'unknown') as state,
              max(key) as key, max(source_key) as source_key, max(published_at) as published_at
            from article where id = ${id}
          ), edges as (
            select other.key, max(coalesce(r.weight, 1)) as points,
              jsonb_build_object('type', 'relation', 'kind', r.kind, 'weight', max(r.weight)) as reason, 0 as rank
            from asked, relations_of(asked.key) r
              cross join lateral (select case when r.from_key = asked.key then r.to_key else r.from_key end as key) other
            where asked.state = 'live' and ${only}
            group by other.key, r.kind
          ), own as (
            select at.topic_key, max(at.weight) as weight
            from asked join article_topic at on at.article_key = asked.key
            where asked.state = 'live' and ${unnarrowed}
            group by at.topic_key order by weight desc, at.topic_key limit ${RELATED_TOPICS}
          ), shared as (
            select other.article_key as key,
              0.6 * least(own.weight, theirs.weight) / (1 + ln(greatest(1, frequency.articles))) as points,
              jsonb_build_object('type', 'topic', 'key', t.key, 'name', t.name) as reason, 1 as rank
            from asked cross join own join topic t on t.key = own.topic_key
              cross join lateral (select count(*) as articles from
                (select from topic_rank n where n.topic_key = own.topic_key limit ${MEASURED_FREQUENCY}) as few) frequency
              cross join lateral (
                (select e.article_key from topic_rank e where e.topic_key = own.topic_key
                  and e.published_at <= coalesce(asked.published_at, 'infinity') order by e.published_at desc limit 100)
                union all (select e.article_key from topic_rank e where e.topic_key = own.topic_key
                  and e.published_at > asked.published_at order by e.published_at limit 100)
                union all (select e.article_key from topic_rank e where e.topic_key = own.topic_key
                  and e.published_at is null order by e.article_id desc limit 50)) other
              cross join lateral (select max(o.weight) as weight from article_topic o
                where o.article_key = other.article_key and o.topic_key = own.topic_key) theirs
            where other.article_key <> asked.key
          ), near as (
            select a.key, 0.1::float8 as points,
              jsonb_build_object('type', 'source', 'key', asked.source_key) as reason, 2 as rank
            from asked cross join lateral (
              (select key from article where source_key = asked.source_key and deleted_at is null
                and published_at <= coalesce(asked.published_at, 'infinity') order by published_at desc limit ${limit + 1})
              union all (select key from article where source_key = asked.source_key and deleted_at is null
                and published_at > asked.published_at order by published_at limit ${limit})
              union all (select key from article where source_key = asked.source_key and deleted_at is null
                and published_at is null order by id desc limit ${limit + 1})) a
            where asked.state = 'live' and a.key <> asked.key and ${unnarrowed}
          ), found as (
            select * from edges union all select * from shared union all select * from near
          ), scored as (
            select found.key, sum(points) as points, jsonb_agg(reason order by rank, points desc) as reasons
            from found group by found.key
          ), timed as (
            select scored.key,
              scored.points + case when hours.apart <= 168 then 0.1 * (1 - hours.apart / 168) else 0 end as points,
              scored.reasons || case when hours.apart <= 168
                then jsonb_build_array(jsonb_build_object('type', 'time', 'hoursApart', round(hours.apart::numeric, 1)))
                else '[]'::jsonb end as reasons, article
            from scored join article on article.key = scored.key and article.deleted_at is null
              cross join asked
              cross join lateral (select abs(extract(epoch from article.published_at - asked.published_at)) / 3600 as apart) hours
          ), best as (
            select article_document(article)::text as document, (points / (1 + points))::float8 as score,
              reasons::text as why, row_number() over (order by points desc, (article).id) as place
            from timed order by place limit ${limit}
          ), shown as (
            select *, sum(octet_length(document)) over (order by place) as bytes from best
          )
          select asked.state, shown.document, shown.score, shown.why
          from asked left join shown on shown.bytes <= ${RESULT_BYTES} or shown.place = 1
          order by shown.place`,
        { repeatable: true },
      );
      const state = rows[0]?.state;
      if (state !== 'live') return { state: state === 'deleted' ? 'deleted' : 'unknown' };
      return {
        state: 'live',
        related: rows
          .filter((row) => row.document !== null)
          .map((row) => ({
            article: toArticle(readAnswer<Article>(row.document as string, ['attributes'])),
            score: row.score ?? 0,
            why: JSON.parse(row.why ?? '[]') as RelatedReason[],
          })),
      };
    },
  };
}

/** Bytes of documents in one result: the service refuses results over 1 MiB (limits.ts); the furthest are left out. */
const RESULT_BYTES = 900 * 1024;

/** Topics of an article that relate it to others, the weightiest: each costs a look at its nearest articles. */
const RELATED_TOPICS = 50;

/** A topic counts less the more articles it has; beyond this many it counts so little that more make no difference. */
const MEASURED_FREQUENCY = 2_000;

/** Nulls of weight and origin are told; those of attributes and projection are not. */
function toRelation(relation: Relation): Relation {
  return { ...relation, weight: relation.weight ?? null, origin: relation.origin ?? null };
}

function isBehind(after: CursorValues) {
  const [at, kind, from, to, projection] = after.map((value) => String(value ?? ''));
  return sql`(r.created_at < ${at}::timestamptz or (r.created_at = ${at}::timestamptz
    and (r.kind, f.id, t.id, r.projection) > (${kind}::text, ${from}::text, ${to}::text, ${projection}::text)))`;
}
