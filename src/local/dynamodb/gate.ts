/** One HTTP attempt, announced before anything is done with it. */
export interface GateCall {
  readonly operation: string;
  readonly requestBytes: number;
}

export type Verdict =
  | {
      readonly kind: 'pass';
      /** Carry it out, then cut the connection instead of answering. */
      readonly drop?: 'after';
      /** The share, 0 to 1, of keys or items left out of a batch answer. */
      readonly unprocessed?: number;
    }
  /** Cut the connection before any effect. */
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly httpStatus: number;
      readonly message?: string;
    };

/** What stands between the wire and the store: it counts, delays, refuses and cuts. */
export interface Gate {
  arrive(call: GateCall): Promise<Verdict> | Verdict;
  answered(call: GateCall & { readonly responseBytes: number }): void;
}

/** A gate that lets everything pass. */
export const OPEN_GATE: Gate = { arrive: () => ({ kind: 'pass' }), answered: () => {} };
