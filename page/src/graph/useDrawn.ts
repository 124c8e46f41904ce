import { useMemo, useRef } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";
import type { Order, Placed } from "../layout/place.ts";
import { useLayout } from "../layout/useLayout.ts";
import { HEAD, WIDTH } from "./card.ts";
import type { Shown } from "./shown.ts";

/** A graph with a place for each of its shown tables. */
export interface Drawn {
  readonly index: GraphIndex;
  readonly shown: Shown;
  readonly placed: Placed;
  /** Changes when the tables or their connections do. */
  readonly shape: string;
}

/** The newest graph whose layout is ready; the one before while the next is being laid out; `null` at first. */
export function useDrawn(index: GraphIndex, shown: Shown): Drawn | null {
  const shape = useMemo(() => shapeOf(index, shown), [index, shown]);
  const order = useMemo(() => orderOf(shown), [shape]);
  const layout = useLayout(shape, order);
  const last = useRef<Drawn | null>(null);
  return useMemo(() => {
    if (layout !== null && layout.key === shape) last.current = { index, shown, placed: layout.placed, shape };
    return last.current;
  }, [index, shown, layout, shape]);
}

function shapeOf(index: GraphIndex, shown: Shown): string {
  return JSON.stringify([
    shown.tables.map((table) => index.tables[table]?.id),
    shown.edges.map(({ source, target }) => [index.tables[source]?.id, index.tables[target]?.id]),
  ]);
}

function orderOf(shown: Shown): Order {
  const place = new Map(shown.tables.map((table, at) => [table, at]));
  const arcs = shown.edges.map(({ source, target }) => [place.get(source) ?? 0, place.get(target) ?? 0] as const);
  return { count: shown.tables.length, arcs, width: WIDTH, height: HEAD };
}
