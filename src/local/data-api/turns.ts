/**
 * Takes turns at what there are only so many of: who has one keeps it, the others wait in the order they
 * came, and are told the cause when they waited for too long.
 */
export class Turns {
  private readonly waitMs: number;
  private readonly late: () => Error;
  private readonly queue = new Set<() => void>();
  private free: number;

  constructor(places: number, waitMs: number, late: () => Error) {
    this.free = places;
    this.waitMs = waitMs;
    this.late = late;
  }

  async take(): Promise<void> {
    if (this.free > 0) this.free--;
    else await this.turn();
  }

  give(): void {
    const [next] = this.queue;
    if (next) next();
    else this.free++;
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        this.queue.delete(go);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue.delete(go);
        reject(this.late());
      }, this.waitMs);
      this.queue.add(go);
    });
  }
}
