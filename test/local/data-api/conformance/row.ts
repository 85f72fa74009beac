import { deepEqual } from 'node:assert/strict';
import type { Parameter, Subject } from '../subject.ts';

/** One behaviour of the service, with where it is told. */
export interface Row {
  readonly name: string;
  /** A page of AWS, its SDK's model, or a public issue or test that ran against the service. */
  readonly source: string;
  /** Needs two sessions at a time, which PGlite has not; there it does what `onPglite` says. */
  readonly onPglite?: (subjects: Subjects) => Promise<void>;
  run(subjects: Subjects): Promise<void>;
}

export interface Subjects {
  /** As on AWS, on a clock of the test's. */
  readonly api: Subject;
  /** The same with a statement time-out of `SHORT_MS`, and a database of its own. */
  readonly hasty: Subject;
}

/** Time-out of `hasty`: longer than any ordinary statement takes on a busy machine. */
export const SHORT_MS = 400;

/** A statement whose first field is as expected. */
export function gives(
  name: string,
  source: string,
  sql: string,
  expected: unknown,
  parameters: Parameter[] = [],
): Row {
  return {
    name,
    source,
    async run({ api }) {
      deepEqual(await api.cell(sql, parameters), expected);
    },
  };
}

/** A statement that is refused. */
export function refuses(
  name: string,
  source: string,
  sql: string,
  type: string,
  message: string | RegExp,
  parameters: Parameter[] = [],
): Row {
  return {
    name,
    source,
    async run({ api }) {
      await api.refused(api.send('/Execute', { sql, parameters }), type, 400, message);
    },
  };
}
