/** Sizes of a card; the style sheet takes them from here. */
export const WIDTH = 248;
export const HEAD = 80;
export const ROW = 24;
export const FOOT = 26;
const PAD = 6;
export const GAP = 18;

/** Rows of a card before one asks for more. */
const MOST_ROWS = 15;
const MOST_LIT_ROWS = 6;

/** One card as it is drawn. */
export interface Card {
  readonly table: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly rows: Rows;
  /** Whether somebody opened it; a closed card shows what is lit all the same. */
  readonly open: boolean;
}

export interface Rows {
  /** Columns that have a row, in the table's own order. */
  readonly columns: readonly number[];
  /** How many more there are to be shown. */
  readonly more: number;
}

export const NO_ROWS: Rows = { columns: [], more: 0 };

export function heightOf(rows: Rows): number {
  if (rows.columns.length === 0 && rows.more === 0) return HEAD;
  return HEAD + rows.columns.length * ROW + (rows.more > 0 ? FOOT : PAD);
}

/** Rows of an opened card: of `wanted` as many as fit, and of what is lit. */
export function openRows(wanted: readonly number[], lit: Iterable<number>, all: boolean): Rows {
  const most = all ? wanted.length : MOST_ROWS;
  const columns = new Set([...wanted.slice(0, most), ...first(lit, MOST_ROWS)]);
  return { columns: inOrder(columns), more: wanted.filter((column) => !columns.has(column)).length };
}

/** Rows of a closed card: only what is lit. */
export function litRows(lit: Iterable<number>): Rows {
  const wanted = [...lit];
  const columns = first(wanted, MOST_LIT_ROWS);
  return { columns: inOrder(columns), more: wanted.length - columns.length };
}

/** Where a line meets the column's row; the middle of the head for a column without a row. */
export function rowMiddle(card: Card, column: number): number {
  const row = card.rows.columns.indexOf(column);
  return row < 0 ? headMiddle(card) : card.y + HEAD + row * ROW + ROW / 2;
}

export function headMiddle(card: Card): number {
  return card.y + HEAD / 2;
}

function first(of: Iterable<number>, most: number): number[] {
  return inOrder(of).slice(0, most);
}

function inOrder(of: Iterable<number>): number[] {
  return [...of].sort((a, b) => a - b);
}
