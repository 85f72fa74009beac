import { DataApiError } from './service-error.ts';

/**
 * Takes turns at the one session of an engine that has no more: who has it keeps it, the others wait in
 * the order they came, and are told the cause when they waited for too long.
 */
export class Turns {
  private readonly waitMs: number;
  private queue: (() => void)[] = [];
  private taken = false;

  constructor(waitMs: number) {
    this.waitMs = waitMs;
  }

  async take(): Promise<void> {
    if (this.taken) await this.turn();
    this.taken = true;
  }

  give(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.taken = false;
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue = this.queue.filter((waiting) => waiting !== go);
        reject(
          new DataApiError(
            'DatabaseUnavailableException',
            'Another transaction is open, and this engine has one session: end it, or use PostgreSQL behind the server.',
          ),
        );
      }, this.waitMs);
      this.queue.push(go);
    });
  }
}
