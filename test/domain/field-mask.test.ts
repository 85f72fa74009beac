import { describe, expect, it } from 'vitest';
import {
  ARTICLE_MEMBERS,
  type FieldMask,
  parseFields,
  printFields,
  USUAL_FIELDS,
  wantedPaths,
  wants,
} from '../../src/domain/index.ts';
import { REGISTRY, refusalOf } from './registry.ts';

const read = (given: string | readonly string[]): FieldMask =>
  parseFields(given, REGISTRY) as FieldMask;
const wanted = (mask: FieldMask) => ARTICLE_MEMBERS.filter((member) => wants(mask, member));

describe('a mask of fields', () => {
  it('lets through what it names, and always the id and what is degraded', () => {
    expect(wanted(read('title,url'))).toEqual(['id', 'url', 'title', 'degraded']);
    expect(wantedPaths(read('title'), 'title')).toBeUndefined();
    expect(wantedPaths(read('title'), 'url')).toBeUndefined();
  });

  it('leads into source, topics, attributes and metrics', () => {
    const mask = read(
      'source.key, attributes.a.b, attributes."x,y", metrics.readability,topics.name',
    );
    expect(wanted(mask)).toEqual(['id', 'source', 'topics', 'attributes', 'metrics', 'degraded']);
    expect(wantedPaths(mask, 'source')).toEqual([['key']]);
    expect(wantedPaths(mask, 'attributes')).toEqual([['x,y'], ['a', 'b']]);
    expect(wantedPaths(mask, 'metrics')).toEqual([['readability']]);
    expect(wantedPaths(mask, 'topics')).toEqual([['name']]);
  });

  it('takes the whole where a part is named beside it', () => {
    expect(wantedPaths(read('source.key,source'), 'source')).toBeUndefined();
    expect(wantedPaths(read('attributes.a.b,attributes.a,attributes.a'), 'attributes')).toEqual([
      ['a'],
    ]);
  });

  it('means the usual members by a star', () => {
    expect(read('*')).toEqual(USUAL_FIELDS);
    expect(wants(USUAL_FIELDS, 'metrics')).toBe(true);
    expect(wants(USUAL_FIELDS, 'body')).toBe(false);
    expect(wants(USUAL_FIELDS, 'aiOutputs')).toBe(false);
    expect(wanted(read('*,body'))).toEqual(
      ARTICLE_MEMBERS.filter((member) => member !== 'aiOutputs'),
    );
  });

  it('comes as a list too', () => {
    expect(read(['title', 'source.key,rev'])).toEqual(read('title,source.key,rev'));
  });

  it('is undefined where nothing is given', () => {
    expect(parseFields(' ', REGISTRY)).toBeUndefined();
    expect(parseFields([], REGISTRY)).toBeUndefined();
  });

  it.each([
    ['rev , title', 'id,title,rev,degraded'],
    ['attributes."b c",attributes.a', 'id,attributes."b c",attributes.a,degraded'],
    ['aiOutputs.b,aiOutputs.a-1', 'id,aiOutputs.a-1,aiOutputs.b,degraded'],
    ['source.name,source.key', 'id,source.key,source.name,degraded'],
  ])('%s has the canonical text %s', (text, canonical) => {
    expect(printFields(read(text))).toBe(canonical);
    expect(read(canonical)).toEqual(read(text));
  });

  it.each<[string, number, string, string | undefined]>([
    ['titel', 0, 'unknown_field', 'title'],
    ['title,bodi', 6, 'unknown_field', 'body'],
    ['sorce.key', 0, 'unknown_field', 'source.key'],
    ['source.nam', 0, 'unknown_field', 'source.name'],
    ['title.x', 0, 'unknown_field', 'title'],
    ['aiOutputs.summary.text', 0, 'unknown_field', 'aiOutputs.summary'],
    ['aiOutputs.Summary', 0, 'unknown_field', 'aiOutputs'],
    ['metrics.readabilty', 0, 'unknown_metric', 'metrics.readability'],
    ['readability', 0, 'unknown_field', 'metrics.readability'],
    ['qqqqqqqqqqqqqqqq', 0, 'unknown_field', undefined],
    ['title,', 6, 'expected_name', undefined],
    ['title rev', 6, 'unexpected_character', undefined],
    ['*x', 1, 'unexpected_character', undefined],
    ['title;rev', 5, 'unexpected_character', undefined],
    [`${'title,'.repeat(300)}rev`, 1_200, 'too_long', undefined],
    ['x'.repeat(5_000), 4_096, 'too_long', undefined],
  ])('%s is refused at %i as %s', (text, position, code, suggestion) => {
    const [fault] = refusalOf(() => parseFields(text, REGISTRY)).faults;
    expect(fault).toMatchObject({ parameter: 'fields', position, code });
    expect(fault?.suggestion).toBe(suggestion);
  });

  it('in a body is refused where it stands', () => {
    expect(refusalOf(() => read(['title', 'titel'])).faults[0]).toMatchObject({
      pointer: '/fields/1',
      position: 0,
    });
  });
});
