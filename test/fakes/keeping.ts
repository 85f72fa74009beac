import type {
  Context,
  KindSettings,
  OutputHead,
  OutputKeeping,
  StoredPart,
} from '../../src/domain/index.ts';

const PARTS_PER_PAGE = 50;

/** What stands beside the heads of a fake store, by article. */
export interface FakeParts {
  readonly check: (ctx: Context, op: string) => void;
  /** By article, kind and version. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, Map<number, OutputHead>>>;
  readonly chunks: ReadonlyMap<string, Map<string, { bytes: Buffer; storedAtMs: number }>>;
  readonly bodies: ReadonlyMap<string, Map<string, { text: string; storedAtMs: number }>>;
  /** Ids with a copy, a tombstone or a head. */
  readonly articleIds: () => readonly string[];
}

/** Settings of kinds, notes, and the walk over all that is stored, kept in memory. */
export function fakeKeeping({
  check,
  versions,
  chunks,
  bodies,
  articleIds,
}: FakeParts): OutputKeeping {
  const kinds = new Map<string, KindSettings>();
  const notes = new Map<string, string>();

  function storedParts(): StoredPart[] {
    const parts: StoredPart[] = [];
    for (const [articleId, ofArticle] of versions) {
      for (const [kind, old] of ofArticle) {
        for (const [version, { info }] of old) {
          const seal = JSON.stringify(info);
          const { storedAt } = info;
          const storedAtMs = Date.parse(storedAt);
          const key = `version ${kind} ${version}`;
          const type = 'version';
          parts.push({ type, articleId, kind, version, key, storedAt, storedAtMs, seal });
        }
      }
    }
    for (const [articleId, own] of chunks) {
      for (const [key, { storedAtMs }] of own) {
        const [kind = '', version, hash] = key.split('#');
        const content = `${kind}#${version}#${hash}`;
        const type = 'chunk';
        parts.push({ type, articleId, kind, version: Number(version), key, content, storedAtMs });
      }
    }
    for (const [articleId, own] of bodies) {
      for (const [sha256, { storedAtMs }] of own) {
        parts.push({ type: 'body', articleId, key: sha256, sha256, storedAtMs });
      }
    }
    return parts;
  }

  return {
    async putKind(ctx, settings) {
      check(ctx, 'putKind');
      kinds.set(settings.kind, settings);
    },

    async readKinds(ctx) {
      check(ctx, 'readKinds');
      return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    },

    async scanParts(ctx, after) {
      check(ctx, 'scanParts');
      const placed = storedParts()
        .map((part) => ({ part, place: `${part.articleId} ${part.type} ${part.key}` }))
        .sort((a, b) => (a.place < b.place ? -1 : 1))
        .filter(({ place }) => after === undefined || place > after);
      const page = placed.slice(0, PARTS_PER_PAGE);
      const last = page.at(-1);
      return {
        parts: page.map(({ part }) => part),
        ...(last && page.length < placed.length ? { next: last.place } : {}),
      };
    },

    async scanArticles(ctx, after) {
      check(ctx, 'scanArticles');
      const rest = [...articleIds()].sort().filter((id) => after === undefined || id > after);
      const page = rest.slice(0, PARTS_PER_PAGE);
      const last = page.at(-1);
      return {
        articleIds: page,
        ...(last !== undefined && page.length < rest.length ? { next: last } : {}),
      };
    },

    async removePart(ctx, part) {
      check(ctx, 'removePart');
      const there = storedParts().find(
        ({ type, articleId, key }) =>
          type === part.type && articleId === part.articleId && key === part.key,
      );
      if (!there || there.storedAtMs > part.storedAtMs) return;
      if (part.type === 'chunk') chunks.get(part.articleId)?.delete(part.key);
      else if (part.type === 'body') bodies.get(part.articleId)?.delete(part.sha256);
      else if (there.type === 'version' && there.seal === part.seal) {
        versions.get(part.articleId)?.get(part.kind)?.delete(part.version);
      }
    },

    async readNote(ctx, name) {
      check(ctx, 'readNote');
      return notes.get(name);
    },

    async putNote(ctx, name, text) {
      check(ctx, 'putNote');
      notes.set(name, text);
    },
  };
}
