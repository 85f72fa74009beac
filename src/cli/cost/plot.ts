/** A point of a plot; `marked` ones stand out. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly marked: boolean;
  readonly label: string;
}

export interface Axes {
  readonly x: string;
  readonly y: string;
}

const COLUMNS = 60;
const ROWS = 14;

/** Draws points with characters: `*` for marked ones, `.` for others. */
export function plotText(points: readonly Point[], axes: Axes): string {
  const { xMax, yMax } = limits(points);
  const grid = Array.from({ length: ROWS }, () => Array<string>(COLUMNS).fill(' '));
  for (const { x, y, marked } of [...points].sort((a, b) => Number(a.marked) - Number(b.marked))) {
    const column = Math.min(COLUMNS - 1, Math.round((x / xMax) * (COLUMNS - 1)));
    const row = ROWS - 1 - Math.min(ROWS - 1, Math.round((y / yMax) * (ROWS - 1)));
    (grid[row] as string[])[column] = marked ? '*' : '.';
  }
  const left = (row: number): string =>
    row === 0 ? tick(yMax) : row === ROWS - 1 ? tick(0) : ' '.repeat(8);
  const lines = grid.map((cells, row) => `${left(row)} |${cells.join('')}`.trimEnd());
  const ends = `0${tick(xMax)
    .trim()
    .padStart(COLUMNS - 1)}`;
  return [
    axes.y,
    ...lines,
    `${' '.repeat(9)}+${'-'.repeat(COLUMNS)}`,
    `${' '.repeat(10)}${ends}`,
    `${' '.repeat(10)}${axes.x}`,
  ].join('\n');
}

const WIDTH = 640;
const HEIGHT = 400;
const MARGIN = { left: 70, right: 20, top: 20, bottom: 50 };

/** Draws points as an SVG document; the marked ones are joined by a line and bear their labels. */
export function plotSvg(points: readonly Point[], axes: Axes): string {
  const { xMax, yMax } = limits(points);
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  const at = ({ x, y }: Point): [number, number] => [
    round(MARGIN.left + (x / xMax) * width),
    round(MARGIN.top + height - (y / yMax) * height),
  ];
  const frontier = points.filter(({ marked }) => marked).sort((a, b) => a.x - b.x);
  const path = frontier.map((point) => at(point).join(',')).join(' ');
  const dots = points.map((point) => {
    const [x, y] = at(point);
    const color = point.marked ? '#b3001b' : '#888';
    return `<circle cx="${x}" cy="${y}" r="${point.marked ? 4 : 2.5}" fill="${color}"><title>${escapeXml(point.label)}</title></circle>`;
  });
  const labels = frontier.map((point) => {
    const [x, y] = at(point);
    const anchor = x > WIDTH / 2 ? 'end' : 'start';
    return `<text x="${anchor === 'end' ? x - 7 : x + 7}" y="${y - 6}" text-anchor="${anchor}">${escapeXml(point.label)}</text>`;
  });
  const bottom = MARGIN.top + height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<path d="M${MARGIN.left},${MARGIN.top} V${bottom} H${WIDTH - MARGIN.right}" fill="none" stroke="#333"/>`,
    `<text x="${MARGIN.left - 6}" y="${MARGIN.top + 4}" text-anchor="end">${tick(yMax).trim()}</text>`,
    `<text x="${MARGIN.left - 6}" y="${bottom + 4}" text-anchor="end">0</text>`,
    `<text x="${WIDTH - MARGIN.right}" y="${bottom + 16}" text-anchor="end">${tick(xMax).trim()}</text>`,
    `<text x="${MARGIN.left + width / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escapeXml(axes.x)}</text>`,
    `<text transform="translate(16 ${MARGIN.top + height / 2}) rotate(-90)" text-anchor="middle">${escapeXml(axes.y)}</text>`,
    `<polyline points="${path}" fill="none" stroke="#b3001b"/>`,
    ...dots,
    ...labels,
    '</svg>\n',
  ].join('\n');
}

/** Both axes begin at 0, so that a length is an amount. */
function limits(points: readonly Point[]): { xMax: number; yMax: number } {
  const largest = (values: readonly number[]): number => Math.max(...values, 0) || 1;
  return { xMax: largest(points.map(({ x }) => x)), yMax: largest(points.map(({ y }) => y)) };
}

function tick(value: number): string {
  const digits = value >= 100 ? 0 : 2;
  return value.toFixed(digits).padStart(8);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
