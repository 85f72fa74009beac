import { createHash } from 'node:crypto';
import { ServiceError } from '../domain/index.ts';
import type { Migration } from './migrator.ts';
import { splitStatements } from './sql-statements.ts';

export interface PreparedMigration {
  readonly name: string;
  /** Lower-case hex SHA-256 of the text, with `\n` for line ends. */
  readonly checksum: string;
  readonly statements: readonly string[];
}

const NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** Checks, sorts and splits migrations: whatever is wrong in their texts is told before the first is applied. */
export function prepareMigrations(migrations: readonly Migration[]): PreparedMigration[] {
  const prepared = migrations
    .map(({ name, sql }): PreparedMigration => {
      if (!NAME.test(name)) throw wrong(`"${name}" is not of the form 0001_what_it_does.sql`);
      // A checkout on Windows may have other line ends.
      const text = sql.replaceAll('\r\n', '\n');
      return {
        name,
        checksum: createHash('sha256').update(text).digest('hex'),
        statements: split(name, text),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  prepared.forEach(({ name }, i) => {
    const next = prepared[i + 1]?.name;
    if (next?.slice(0, 4) === name.slice(0, 4)) {
      throw wrong(`${name} and ${next} have the same number`);
    }
  });
  return prepared;
}

function split(name: string, text: string): string[] {
  try {
    return splitStatements(text);
  } catch (error) {
    throw wrong(`${name}, ${(error as Error).message}`);
  }
}

function wrong(detail: string): ServiceError {
  return new ServiceError('internal', 'aurora.migrate', detail);
}
