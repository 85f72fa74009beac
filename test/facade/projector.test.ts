import { describe, expect, it } from 'vitest';
import { JsonText, type Projection, type Timestamp } from '../../src/domain/index.ts';
import { createProjector } from '../../src/facade/projector.ts';

const AT = '2026-01-02T03:04:05.000000Z' as Timestamp;

function aProjection(overrides: Partial<Projection> & { readonly path?: string }): Projection {
  const { path = '$.a', ...rest } = overrides;
  return {
    name: 'm',
    revision: 1,
    state: 'active',
    definition: {
      kind: 'k',
      target: { type: 'metric', valueType: 'number' },
      select: [path],
    },
    createdAt: AT,
    updatedAt: AT,
    ...rest,
  };
}

const OUTPUT = { articleId: 'x', kind: 'k', text: new JsonText('{"a":1,"b":"two"}') };

describe('the projector', () => {
  it('asks the projections of the kind, but not those on their way out', () => {
    const projections = [
      aProjection({}),
      aProjection({ name: 'wrong', path: '$.b', state: 'backfilling' }),
      aProjection({ name: 'gone', state: 'retiring' }),
      aProjection({
        name: 'other',
        definition: { ...aProjection({}).definition, kind: 'other' },
      }),
    ];
    expect(createProjector().project(projections, OUTPUT).projected).toEqual([
      { projection: 'm', status: 'matched', value: 1 },
      { projection: 'wrong', status: 'failed' },
    ]);
  });

  it('follows a definition that changes', () => {
    const projector = createProjector();
    const results = [
      aProjection({ path: '$.b' }),
      aProjection({ revision: 2, path: '$.c' }),
      aProjection({ revision: 3, path: '$.a' }),
    ].map((projection) => projector.project([projection], OUTPUT).projected[0]?.status);
    expect(results).toEqual(['failed', 'missed', 'matched']);
  });

  it('tells outputs of one structure by one hash', () => {
    const hash = (text: string): string =>
      createProjector().project([], { ...OUTPUT, text: new JsonText(text) }).shape.hash;
    expect(hash('{"b":"x","a":2}')).toBe(hash(OUTPUT.text.text));
    expect(hash('{"b":"x","a":"2"}')).not.toBe(hash(OUTPUT.text.text));
    expect(hash('1')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('throws a SyntaxError at what is no JSON', () => {
    const broken = { ...OUTPUT, text: new JsonText('{') };
    expect(() => createProjector().project([], broken)).toThrow(SyntaxError);
  });
});
