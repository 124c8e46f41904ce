import type { GraphIndex } from "../data/GraphIndex.ts";
import type { Placed } from "../layout/place.ts";
import { settle } from "../layout/settle.ts";
import { type Card, GAP, HEAD, heightOf, litRows, NO_ROWS, openRows, type Rows, WIDTH } from "./card.ts";
import type { Lit } from "./lit.ts";
import type { Shown } from "./shown.ts";

/** What is drawn, and where. */
export interface Scene {
  readonly index: GraphIndex;
  readonly shown: Shown;
  readonly cards: ReadonlyMap<number, Card>;
}

/** Which cards are open, and how much of them shows; by the tables' ids. */
export interface Opened {
  readonly open: ReadonlySet<string>;
  /** Cards that show every column, however many. */
  readonly whole: ReadonlySet<string>;
  readonly linkedOnly: boolean;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function sceneOf(index: GraphIndex, shown: Shown, placed: Placed, opened: Opened, lit: Lit | null): Scene {
  const rows = shown.tables.map((table) => rowsOf(index, table, opened, lit));
  const heights = rows.map(heightOf);
  const tops = settle(placed, HEAD, heights, GAP);
  const cards = new Map<number, Card>();
  shown.tables.forEach((table, at) => {
    const [x, y] = [placed.x[at] ?? 0, tops[at] ?? 0];
    cards.set(table, { table, x, y, height: heights[at] ?? HEAD, rows: rows[at] ?? NO_ROWS, open: isOpen(index, table, opened) });
  });
  return { index, shown, cards };
}

export function boundsOf(cards: Iterable<Card>): Rect | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const card of cards) {
    left = Math.min(left, card.x);
    top = Math.min(top, card.y);
    right = Math.max(right, card.x + WIDTH);
    bottom = Math.max(bottom, card.y + card.height);
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

function rowsOf(index: GraphIndex, at: number, opened: Opened, lit: Lit | null): Rows {
  const table = index.tables[at];
  if (table === undefined) return NO_ROWS;
  const litColumns = lit?.columns?.get(at)?.keys() ?? [];
  if (!isOpen(index, at, opened)) return litRows(litColumns);
  const linked = index.linked(at);
  const all = [...table.columns.keys()];
  const wanted = opened.linkedOnly ? all.filter((column) => linked.has(column)) : all;
  return openRows(wanted, litColumns, opened.whole.has(table.id));
}

function isOpen(index: GraphIndex, at: number, { open }: Opened): boolean {
  return open.has(index.tables[at]?.id ?? "");
}
