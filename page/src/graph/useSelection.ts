import { useCallback, useMemo } from "react";

import { useRoute } from "../app/RouteContext.tsx";
import type { GraphIndex } from "../data/GraphIndex.ts";
import type { Selection } from "./lit.ts";

export interface SelectionState {
  readonly selection: Selection | null;
  readonly select: (table: number, column: number | null) => void;
  readonly clear: () => void;
}

/** The selected table and column; kept in the address, by name. */
export function useSelection(index: GraphIndex): SelectionState {
  const { route, go } = useRoute();
  const selection = useMemo(() => {
    const table = route.table === null ? undefined : index.byId.get(route.table);
    if (table === undefined) return null;
    const columns = index.tables[table]?.columns ?? [];
    const column = columns.findIndex((each) => each.name === route.column);
    return { table, column: column < 0 ? null : column };
  }, [index, route.table, route.column]);
  const select = useCallback(
    (table: number, column: number | null) => {
      const about = index.tables[table];
      if (about === undefined) return;
      go({ table: about.id, column: column === null ? null : (about.columns[column]?.name ?? null) });
    },
    [index, go],
  );
  const clear = useCallback(() => go({ table: null, column: null }), [go]);
  return useMemo(() => ({ selection, select, clear }), [selection, select, clear]);
}
