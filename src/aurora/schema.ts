import type { Generated } from 'kysely';
import type { ColumnTypes } from './column-types.ts';

/** The tables that queries are built over; what only functions touch is in `sql/migrations`. */
export interface Database {
  readonly article: ArticleTable;
  readonly outbox: OutboxTable;
}

interface ArticleTable {
  readonly key: Generated<number>;
  readonly id: string;
  readonly url: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly language: string | null;
  readonly section: string | null;
  readonly source_key: string | null;
  readonly published_at: string | null;
  readonly ingested_at: string;
  readonly updated_at: string;
  readonly rev: number;
  readonly deleted_at: string | null;
}

interface OutboxTable {
  readonly seq: Generated<number>;
  readonly article_key: number;
  readonly article_id: string;
  readonly created_at: string;
}

export const COLUMN_TYPES: ColumnTypes = {
  article: {
    key: 'int8',
    id: 'text',
    url: 'text',
    title: 'text',
    description: 'text',
    language: 'text',
    section: 'text',
    source_key: 'text',
    published_at: 'timestamptz',
    ingested_at: 'timestamptz',
    updated_at: 'timestamptz',
    rev: 'int8',
    deleted_at: 'timestamptz',
  },
  outbox: {
    seq: 'int8',
    article_key: 'int8',
    article_id: 'text',
    created_at: 'timestamptz',
    request_id: 'text',
  },
};
