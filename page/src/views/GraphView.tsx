import { ReactFlowProvider } from "@xyflow/react";

import { useShortcut } from "../app/useShortcut.ts";
import { useGraph } from "../data/GraphContext.tsx";
import { FilterBar } from "../filters/FilterBar.tsx";
import { GraphBoard } from "../graph/GraphBoard.tsx";
import { useDrawn } from "../graph/useDrawn.ts";
import { useShown } from "../graph/useShown.ts";

/** Which tables are shown, and the bar that says so; the board draws them. */
export function GraphView() {
  const { index } = useGraph();
  const { shown, filters, setFilters, isOnly, toggleOnly } = useShown(index);
  const drawn = useDrawn(index, shown);
  useShortcut("n", toggleOnly);

  if (index.tables.length === 0) {
    return <p className="empty">There is no table yet. Materialize something, and it shows here.</p>;
  }
  return (
    <div className="graph-view">
      <FilterBar filters={filters} setFilters={setFilters} shown={shown.tables.length} />
      {drawn === null ? (
        <p className="empty" role="status">
          Laying out {index.tables.length} tables …
        </p>
      ) : (
        <ReactFlowProvider>
          <GraphBoard drawn={drawn} isOnly={isOnly} toggleOnly={toggleOnly} />
        </ReactFlowProvider>
      )}
      {drawn?.shown.tables.length === 0 && <p className="empty graph-none">No table fits these filters.</p>}
    </div>
  );
}
