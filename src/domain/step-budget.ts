/** Thrown when a computation over foreign data has taken all the steps it was given. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** How many steps a computation may still take: bounds its time without a clock, the same on every machine. */
export class StepBudget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** Errors: `BudgetSpent`. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new BudgetSpent('The steps are used up');
  }
}
