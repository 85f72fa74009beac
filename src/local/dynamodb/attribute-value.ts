import type { AttributeValue, Item } from './dynalite.ts';

/**
 * The size of an item in bytes as DynamoDB counts it: UTF-8 names and strings, raw bytes of binary values,
 * a number about one byte for two significant digits, 3 bytes and 1 per entry around lists and maps.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemSizeBytes(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    size += Buffer.byteLength(name, 'utf8') + valueSizeBytes(value);
  }
  return size;
}

function valueSizeBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S, 'utf8');
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.N !== undefined) return numberSizeBytes(value.N);
  if (value.SS) return sum(value.SS, (text) => Buffer.byteLength(text, 'utf8'));
  if (value.BS) return sum(value.BS, (bytes) => Buffer.byteLength(bytes, 'base64'));
  if (value.NS) return sum(value.NS, numberSizeBytes);
  if (value.L) return 3 + sum(value.L, (entry) => 1 + valueSizeBytes(entry));
  if (value.M) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  return 1;
}

function numberSizeBytes(text: string): number {
  const { negative, digits, exponent } = decimal(text);
  if (digits === '') return 1;
  // Digits are kept in pairs aligned to the decimal point: 12 fills one pair, 1.2 takes two.
  const pairs = Math.ceil((digits.length + (exponent % 2 === 0 ? 1 : 0)) / 2);
  return 1 + pairs + (negative ? 1 : 0);
}

/** How many lists and maps lie around the innermost value of an item. */
export function nestingDepth(item: Item): number {
  return Math.max(0, ...Object.values(item).map(valueDepth));
}

function valueDepth(value: AttributeValue): number {
  const entries = value.L ?? (value.M ? Object.values(value.M) : undefined);
  return entries
    ? entries.reduce((deepest, entry) => Math.max(deepest, 1 + valueDepth(entry)), 1)
    : 0;
}

/** True when both items hold the same values; sets have no order, `1.0` is `1`. */
export function sameItem(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const a = left[name];
    const b = Object.hasOwn(right, name) ? right[name] : undefined;
    return a !== undefined && b !== undefined && sameValue(a, b);
  });
}

function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  if (left.N !== undefined) return right.N !== undefined && sameNumber(left.N, right.N);
  if (left.S !== undefined) return left.S === right.S;
  if (left.B !== undefined) return left.B === right.B;
  if (left.BOOL !== undefined) return left.BOOL === right.BOOL;
  if (left.NULL !== undefined) return right.NULL !== undefined;
  if (left.SS) return sameSet(left.SS, right.SS);
  if (left.BS) return sameSet(left.BS, right.BS);
  if (left.NS) return sameSet(left.NS.map(canonical), right.NS?.map(canonical));
  if (left.M) return right.M !== undefined && sameItem(left.M, right.M);
  const [a, b] = [left.L ?? [], right.L];
  return b !== undefined && a.length === b.length && a.every((x, i) => sameValue(x, b[i] ?? {}));
}

function sameNumber(left: string, right: string): boolean {
  return left === right || canonical(left) === canonical(right);
}

function sameSet(left: string[], right: string[] | undefined): boolean {
  if (right === undefined || left.length !== right.length) return false;
  const members = new Set(right);
  return left.every((member) => members.has(member));
}

function canonical(text: string): string {
  const { negative, digits, exponent } = decimal(text);
  return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`;
}

/** The significant digits of a number without zeros at either end, and the power of ten of the first one. */
function decimal(text: string): { negative: boolean; digits: string; exponent: number } {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  return {
    negative: sign === '-',
    digits: all.slice(leading).replace(/0+$/, ''),
    exponent: Number(power) + whole.length - leading - 1,
  };
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  return values.reduce((total, value) => total + size(value), 0);
}
