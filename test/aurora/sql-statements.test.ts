import { describe, expect, it } from 'vitest';
// The inside of the folder: its door takes whole files.
import { splitStatements } from '../../src/aurora/sql-statements.ts';

describe('splitting a migration into statements', () => {
  it('cuts at semicolons and drops empty statements', () => {
    expect(splitStatements('select 1;\n\n ; select 2 ;')).toEqual(['select 1', 'select 2']);
  });

  it('keeps semicolons in strings, identifiers and dollar quotes', () => {
    const statements = [
      `select 'a;b', 'it''s;'`,
      `select "a;b", "q"";"`,
      `select E'a\\';b'`,
      `select $$a;b$$, $fn$ select $$x;y$$; $fn$`,
    ];
    expect(splitStatements(`${statements.join(';\n')};`)).toEqual(statements);
  });

  it('knows that a backslash escapes only in E strings', () => {
    expect(splitStatements(`select 'a\\'; select 1`)).toEqual([`select 'a\\'`, 'select 1']);
  });

  it('drops comments, nested ones too, and what looks like a statement in them', () => {
    const text = `-- one; 'two\nselect 1 /* a; /* b; */ c; */ , 2; -- end`;
    expect(splitStatements(text)).toEqual(['select 1   , 2']);
  });

  it('keeps comments inside dollar quotes', () => {
    expect(splitStatements(`do $$ -- not; a comment\n $$`)).toEqual([
      `do $$ -- not; a comment\n $$`,
    ]);
  });

  it('does not take a dollar or a letter e inside a word for a quote', () => {
    expect(splitStatements(`select a$1$, name'x';select 1`)).toEqual([
      `select a$1$, name'x'`,
      'select 1',
    ]);
  });

  it('lets casts through and refuses what the Data API would bind', () => {
    expect(splitStatements(`select '1'::int`)).toEqual([`select '1'::int`]);
    expect(() => splitStatements('select 1;\nselect a[1:n]')).toThrow('line 2');
    expect(() => splitStatements('select :name')).toThrow('parameter');
  });

  it('tells the line of what is not closed', () => {
    expect(() => splitStatements(`select 1;\nselect 'a`)).toThrow('line 2');
    expect(() => splitStatements('select 1; /* a')).toThrow('line 1');
    expect(() => splitStatements('\n\n$$ a')).toThrow('line 3');
  });
});
