import type { Placed } from "./place.ts";

/**
 * Makes room for cards that are higher than the layout knew: the top of each card.
 *
 * Cards of one column keep their order and move as little as they can, up as much as down.
 */
export function settle(placed: Placed, closed: number, heights: ArrayLike<number>, gap: number): Float64Array {
  const tops = Float64Array.from(placed.y);
  for (const column of columns(placed)) {
    if (column.every((at) => (heights[at] ?? closed) <= closed)) continue;
    const wanted = column.map((at) => (placed.y[at] ?? 0) + closed / 2 - (heights[at] ?? closed) / 2);
    const pushedDown = pushDown(column, wanted, heights, gap);
    const pushedUp = pushUp(column, wanted, heights, gap);
    column.forEach((at, nth) => {
      tops[at] = Math.round(((pushedDown[nth] ?? 0) + (pushedUp[nth] ?? 0)) / 2);
    });
  }
  return tops;
}

function columns(placed: Placed): number[][] {
  const byX = new Map<number, number[]>();
  placed.x.forEach((x, at) => {
    const column = byX.get(x) ?? [];
    byX.set(x, column);
    column.push(at);
  });
  for (const column of byX.values()) column.sort((a, b) => (placed.y[a] ?? 0) - (placed.y[b] ?? 0));
  return [...byX.values()];
}

function pushDown(column: readonly number[], wanted: readonly number[], heights: ArrayLike<number>, gap: number): number[] {
  let free = Number.NEGATIVE_INFINITY;
  return column.map((at, nth) => {
    const top = Math.max(wanted[nth] ?? 0, free);
    free = top + (heights[at] ?? 0) + gap;
    return top;
  });
}

function pushUp(column: readonly number[], wanted: readonly number[], heights: ArrayLike<number>, gap: number): number[] {
  const tops = new Array<number>(column.length).fill(0);
  let free = Number.POSITIVE_INFINITY;
  for (let nth = column.length - 1; nth >= 0; nth -= 1) {
    const height = heights[column[nth] ?? 0] ?? 0;
    const top = Math.min(wanted[nth] ?? 0, free - height);
    tops[nth] = top;
    free = top - gap;
  }
  return tops;
}
