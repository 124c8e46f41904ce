import { useCallback, useEffect, useMemo, useState } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";
import { tablePath } from "../data/paths.ts";
import { type Filters, fits, isFiltered, NO_FILTERS } from "../filters/filters.ts";
import { type Shown, shown } from "./shown.ts";
import { useSelection } from "./useSelection.ts";

export interface ShownState {
  readonly shown: Shown;
  readonly filters: Filters;
  readonly setFilters: (filters: Filters) => void;
  /** Whether only what is connected with one table is shown. */
  readonly isOnly: boolean;
  readonly toggleOnly: () => void;
}

/** Which tables are shown. What is selected always is: filters give way to it, and it gives way to new filters. */
export function useShown(index: GraphIndex): ShownState {
  const { selection, clear } = useSelection(index);
  const [filters, setFilters] = useState(NO_FILTERS);
  const [onlyId, setOnlyId] = useState<string | null>(null);
  const only = onlyId === null ? undefined : index.byId.get(onlyId);
  const near = useMemo(() => (only === undefined ? null : tablePath(index, only).tables), [index, only]);
  const selected = selection === null ? undefined : index.tables[selection.table];
  const selectedId = selected?.id ?? null;

  useEffect(() => {
    if (selection === null || selected === undefined) return;
    if (!fits(selected, filters)) setFilters(NO_FILTERS);
    if (near !== null && !near.has(selection.table)) setOnlyId(null);
  }, [selectedId]);

  const seen = useMemo(() => {
    if (near === null && !isFiltered(filters)) return shown(index, () => true);
    return shown(index, (at) => (near === null || near.has(at)) && isFitting(index, at, filters));
  }, [index, filters, near]);
  const filter = useCallback(
    (wanted: Filters) => {
      setFilters(wanted);
      if (selected !== undefined && !fits(selected, wanted)) clear();
    },
    [selected, clear],
  );
  const toggleOnly = useCallback(() => setOnlyId((old) => (old === null ? selectedId : null)), [selectedId]);
  return { shown: seen, filters, setFilters: filter, isOnly: near !== null, toggleOnly };
}

function isFitting(index: GraphIndex, at: number, filters: Filters): boolean {
  const table = index.tables[at];
  return table !== undefined && fits(table, filters);
}
