import { useCallback, useEffect, useState } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge } from "../data/graph.ts";
import type { Selection } from "./lit.ts";

export interface OpenEdge {
  readonly edge: GraphEdge | null;
  readonly openEdge: (edge: GraphEdge) => void;
  readonly closeEdge: () => void;
}

/** The edge that was clicked, until it is closed or something else is selected; by the tables' ids. */
export function useOpenEdge(index: GraphIndex, selection: Selection | null): OpenEdge {
  const [ends, setEnds] = useState<readonly [string, string] | null>(null);
  const closeEdge = useCallback(() => setEnds(null), []);
  const openEdge = useCallback(
    ({ source, target }: GraphEdge) => setEnds([index.tables[source]?.id ?? "", index.tables[target]?.id ?? ""]),
    [index],
  );
  const selectedId = selection === null ? null : index.tables[selection.table]?.id;
  useEffect(closeEdge, [closeEdge, selectedId, selection?.column]);

  const from = ends === null ? undefined : index.byId.get(ends[0]);
  const to = ends === null ? undefined : index.byId.get(ends[1]);
  const edge = from === undefined ? undefined : index.outOf(from).find((each) => each.target === to);
  return { edge: edge ?? null, openEdge, closeEdge };
}
