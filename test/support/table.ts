/** Prints rows as a table with aligned columns; numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (string | number)[][]): void {
  const text = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)));
  text.forEach((row, line) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      const isNumber = line > 0 && typeof rows[line - 1]?.[column] === 'number';
      return isNumber ? cell.padStart(width) : cell.padEnd(width);
    });
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
    if (line === 0)
      process.stdout.write(`${widths.map((width) => '-'.repeat(width)).join('  ')}\n`);
  });
}

/** The value below which a share of the sorted samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
