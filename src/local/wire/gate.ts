/** One HTTP attempt as a local server announces it. */
export interface GateCall {
  readonly operation: string;
  readonly requestBytes: number;
}

/** What the server does with an attempt. */
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

/** What stands between a local server and its effect. Servers declare the same shape themselves. */
export interface Gate {
  /** Called once per HTTP attempt on arrival; may wait, which is how latency is injected. */
  arrive(call: GateCall): Promise<Verdict> | Verdict;
  /** Called once per attempt when its answer has been written. */
  answered(call: GateCall & { readonly responseBytes: number }): void;
}
