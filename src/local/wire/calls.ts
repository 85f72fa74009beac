import { SERVICES, type ServiceName } from './services.ts';

export interface CallCount {
  count: number;
  requestBytes: number;
  responseBytes: number;
}

/** Calls by service and operation, as `GET /__local/calls` answers. */
export type CallCounts = Record<ServiceName, Record<string, CallCount>>;

/** Counts HTTP attempts, the moment they arrive. */
export class CallCounter {
  #counts = noCalls();

  arrived(service: ServiceName, operation: string, requestBytes: number): void {
    const entry = this.#entry(service, operation);
    entry.count += 1;
    entry.requestBytes += requestBytes;
  }

  answered(service: ServiceName, operation: string, responseBytes: number): void {
    this.#entry(service, operation).responseBytes += responseBytes;
  }

  /** A copy, safe to keep. */
  counts(): CallCounts {
    return structuredClone(this.#counts);
  }

  reset(): void {
    this.#counts = noCalls();
  }

  /** Names that are no operation of the service are counted together, so that garbage cannot fill the memory. */
  #entry(service: ServiceName, operation: string): CallCount {
    const name = SERVICES[service].operations.includes(operation) ? operation : 'Unknown';
    const entries = this.#counts[service];
    entries[name] ??= { count: 0, requestBytes: 0, responseBytes: 0 };
    return entries[name];
  }
}

function noCalls(): CallCounts {
  return { 'data-api': {}, dynamodb: {} };
}
