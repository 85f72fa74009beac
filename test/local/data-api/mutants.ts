/** A fault planted in the server: texts of its files, each of which stands there once, put in place of one another. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly (readonly [file: string, from: string, to: string])[];
  /** No row can tell on PGlite, whose one session hides it. */
  readonly onlyPostgres?: true;
}

const one = (name: string, file: string, from: string, to: string): Mutant => ({
  name,
  patches: [[file, from, to]],
});

/** Each is how an emulator is known to be softer than AWS, or could come to be. */
export const MUTANTS: readonly Mutant[] = [
  one('strings untyped', 'bind.ts', 'string: 25', 'string: 0'),
  one('longs bound as int4', 'bind.ts', 'long: 20', 'long: 23'),
  one('nulls as empty strings', 'result.ts', '{"isNull":true}', '{"stringValue":""}'),
  one(
    'absent members as empty ones',
    'operations.ts',
    '{"generatedFields":[],',
    '{"records":[],"columnMetadata":[],"generatedFields":[],',
  ),
  one('the zone kept', 'field.ts', 'asString(timestampText(text))', 'asString(text)'),
  one('the session’s zone taken for UTC', 'date-time.ts', 'offset === 0', 'offset >= 0'),
  one(
    'fractions as PostgreSQL prints them',
    'date-time.ts',
    "digits.padEnd(digits.length <= 3 ? 3 : 6, '0')",
    'digits',
  ),
  one(
    'longs rounded',
    'field.ts',
    "['longValue', (text) => text]",
    "['longValue', (text) => String(Number(text))]",
  ),
  one('decimals as numbers', 'field.ts', "decimals === 'STRING'", "decimals !== 'STRING'"),
  one(
    'unsupported types as strings',
    'types.ts',
    'return { refused: REFUSED_AS[found.name] ?? found.name };',
    "return { kind: 'string', name: found.name, jdbc: 12, isArray: false };",
  ),
  one(
    'nested arrays flattened',
    'array-text.ts',
    "if (text[at] === '{') {",
    "if (text[at] === '?') {",
  ),
  one('no limit on results', 'result.ts', 'result.octets > MAX_RESULT_BYTES', 'result.octets < 0'),
  one('results counted in characters', 'engine.ts', 'Buffer.byteLength(cell)', 'cell.length'),
  one('results counted without their frame', 'limits.ts', '2 + 4 * columns', '0 * columns'),
  one(
    'no limit on requests',
    'server.ts',
    'sizeOf(request, body) > MAX_REQUEST_BYTES',
    'sizeOf(request, body) < 0',
  ),
  one(
    'requests counted without their headers',
    'server.ts',
    'sizeOf(request, body) >',
    'body.length >',
  ),
  one('no limit on formatted records', 'limits.ts', '10_000_000', '100_000_000'),
  one('no limit on statements', 'limits.ts', '65_536', '6_553_600'),
  one(
    'no time-out',
    'operations.ts',
    'this.timeoutMs = timeoutMs',
    'this.timeoutMs = 1_000 * timeoutMs',
  ),
  one('a time-out of another length', 'limits.ts', '45_000', '60_000'),
  one(
    'the time-out for each statement of a batch',
    'operations.ts',
    'deadlineMs - performance.now()',
    'this.timeoutMs + 0 * deadlineMs',
  ),
  one(
    'continueAfterTimeout passed over',
    'operations.ts',
    'timeoutMs, runsOn, last: true',
    'timeoutMs, last: true',
  ),
  one(
    'idle transactions kept',
    'sessions.ts',
    'usedAt + TRANSACTION_IDLE_MS',
    'Number.POSITIVE_INFINITY + usedAt',
  ),
  one(
    'old transactions kept',
    'sessions.ts',
    'startedAt + TRANSACTION_AGE_MS',
    'Number.POSITIVE_INFINITY + startedAt',
  ),
  one(
    'a commit of a failed transaction claimed',
    'sessions.ts',
    "command === 'ROLLBACK'",
    "command === ''",
  ),
  {
    ...one(
      'two statements at a time in a transaction',
      'sessions.ts',
      'if (transaction.running) {',
      'if (false) {',
    ),
    onlyPostgres: true,
  },
  {
    name: 'sessions not cleared',
    patches: [
      ['postgres-engine.ts', "queryMessage('DISCARD ALL')", "queryMessage('SELECT 1')"],
      ['pglite-engine.ts', "queryMessage('DISCARD ALL')", "queryMessage('SELECT 1')"],
    ],
  },
  {
    name: 'one bind for all occurrences of a name',
    patches: [
      ['sql-lexer.ts', 'names.push(name);', 'if (!names.includes(name)) names.push(name);'],
      ['sql-lexer.ts', '$${names.length}`;', '$${names.indexOf(name) + 1}`;'],
    ],
  },
  one(
    'placeholders in comments',
    'sql-lexer.ts',
    "if (character === '-' && source[at + 1] === '-') {",
    'if (false) {',
  ),
  one(
    'array parameters taken',
    'bind.ts',
    "throw new DataApiError('ValidationException', 'Array parameters are not supported.');",
    'return { oid: OID.null, text: null };',
  ),
  one(
    'hints in any format',
    'bind.ts',
    'format && !format.pattern.test(text)',
    'format && text === null',
  ),
  one('several statements taken', 'operations.ts', 'if (statement.several) {', 'if (false) {'),
  one('schema taken', 'cluster.ts', 'if (schema !== undefined) {', 'if (false) {'),
  one(
    'any secret taken',
    'cluster.ts',
    'secretArn !== this.settings.secretArn',
    "secretArn === ''",
  ),
  one(
    'any database taken',
    'cluster.ts',
    'transactionId !== undefined || database === this.settings.database',
    'transactionId !== undefined || database',
  ),
  one(
    'errors of the first version',
    'service-error.ts',
    "new DataApiError('DatabaseErrorException', parts.join('; '))",
    "new DataApiError('BadRequestException', parts.join('; '))",
  ),
  one('errors without position', 'service-error.ts', 'if (position)', 'if (position && false)'),
  one('tableName empty', 'metadata.ts', "tableName: from?.table ?? ''", "tableName: ''"),
  one(
    'calls let in while resuming',
    'pause.ts',
    "if (this.phase !== 'awake') {",
    "if (this.phase === 'asleep') {",
  ),
  one('a deep sleep that is none', 'pause.ts', 'DEEP_SLEEP_FACTOR = 2', 'DEEP_SLEEP_FACTOR = 1'),
  one(
    'a pause under an open transaction',
    'pause.ts',
    'Math.max(this.lastUse, this.busyUntil() ?? 0)',
    'this.lastUse',
  ),
];
