import type { Problem } from './contract.ts';

/** An answer that says that something went wrong, as the service tells it. */
export class TandemError extends Error {
  override readonly name = 'TandemError';
  readonly status: number;
  /** The stable word for what is wrong; `unknown` where something before the service answered. */
  readonly code: string;
  /** The whole problem document, where there is one. */
  readonly problem: Problem | undefined;
  /** How long the service asks to be left alone. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, text: string, headers: Headers) {
    const problem = readProblem(text);
    super(problem === undefined ? `The service answered ${status}.` : tell(problem));
    this.status = status;
    this.code = problem?.code ?? 'unknown';
    this.problem = problem;
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    this.retryAfterSeconds = seconds >= 0 ? seconds : undefined;
  }
}

function readProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value;
    return isProblem ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

function tell({ status, code, detail, errors = [] }: Problem): string {
  const places = errors.map(({ pointer, parameter, detail: what, suggestion }) => {
    const meant = suggestion === undefined ? '' : ` (perhaps ${suggestion})`;
    return ` [${pointer ?? parameter ?? ''}: ${what}${meant}]`;
  });
  return `${status} ${code}: ${detail}${places.join('')}`;
}
