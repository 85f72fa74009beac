/** Stands before the server: counts what arrives and decides what goes wrong. */
export interface Gate {
  /** Called once for each HTTP attempt when it arrives; may wait. */
  arrive(call: {
    readonly operation: string;
    readonly requestBytes: number;
  }): Promise<Verdict> | Verdict;
  /** Called when the answer was written, or the connection cut. */
  answered(call: {
    readonly operation: string;
    readonly requestBytes: number;
    readonly responseBytes: number;
  }): void;
}

export type Verdict =
  | { readonly kind: 'pass'; readonly drop?: 'after'; readonly unprocessed?: number }
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly httpStatus: number;
      readonly message?: string;
    };
