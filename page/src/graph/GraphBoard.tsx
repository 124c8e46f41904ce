import { useCallback, useMemo, useState } from "react";

import { useShortcut } from "../app/useShortcut.ts";
import { EdgePanel } from "../panel/EdgePanel.tsx";
import { Panel } from "../panel/Panel.tsx";
import { Canvas } from "./Canvas.tsx";
import { litBy, litByEdge } from "./lit.ts";
import { sceneOf } from "./scene.ts";
import { Tools } from "./Tools.tsx";
import type { Drawn } from "./useDrawn.ts";
import { useOpenEdge } from "./useOpenEdge.ts";
import { useColours } from "./useColours.ts";
import { useOpened } from "./useOpened.ts";
import { useSelection } from "./useSelection.ts";

interface Props {
  readonly drawn: Drawn;
  readonly isOnly: boolean;
  readonly toggleOnly: () => void;
}

/** The graph, the tools over it and the panel beside it. */
export function GraphBoard({ drawn, isOnly, toggleOnly }: Props) {
  const { index, shown, placed, shape } = drawn;
  const { selection, select, clear } = useSelection(index);
  const { opened, toggle, open, closeAll, showWhole, setLinkedOnly } = useOpened();
  const [indirect, setIndirect] = useState(false);
  const { colours, hasStatus, toggleColours } = useColours(index);
  const { edge, openEdge, closeEdge } = useOpenEdge(index, selection);
  const lit = useMemo(
    () => (edge === null ? litBy(index, selection, indirect) : litByEdge(edge)),
    [index, selection, indirect, edge],
  );
  const scene = useMemo(() => sceneOf(index, shown, placed, opened, lit), [index, shown, placed, opened, lit]);

  const goTo = useCallback(
    (table: number, column: number | null) => {
      closeEdge();
      select(table, column);
    },
    [closeEdge, select],
  );
  const idOf = useCallback((table: number) => index.tables[table]?.id ?? "", [index]);
  const toggleOpen = useCallback((table: number) => toggle(idOf(table)), [toggle, idOf]);
  const showAll = useCallback((table: number) => showWhole(idOf(table)), [showWhole, idOf]);
  const openPath = () => open([...(lit?.tables.keys() ?? shown.tables)].map(idOf));
  const stepBack = () => {
    if (edge !== null) closeEdge();
    else if (selection !== null && selection.column !== null) select(selection.table, null);
    else if (selection !== null) clear();
    else if (isOnly) toggleOnly();
  };
  useShortcut("i", () => setIndirect((old) => !old));
  useShortcut("c", toggleColours);
  useShortcut("Escape", stepBack);

  const table = selection === null ? undefined : index.tables[selection.table];
  return (
    <div className="board">
      <div className="board-graph">
        <Canvas
          scene={scene}
          fitKey={shape}
          lit={lit}
          selection={selection}
          indirect={indirect}
          colours={colours}
          select={goTo}
          toggleOpen={toggleOpen}
          showWhole={showAll}
          openEdge={openEdge}
          onClear={edge === null ? clear : closeEdge}
        />
        <Tools
          selected={table !== undefined}
          anyOpen={opened.open.size > 0}
          openPath={openPath}
          closeAll={closeAll}
          linkedOnly={opened.linkedOnly}
          setLinkedOnly={setLinkedOnly}
          indirect={indirect}
          setIndirect={setIndirect}
          byStage={hasStatus ? colours === "stage" : null}
          toggleColours={toggleColours}
          isOnly={isOnly}
          toggleOnly={toggleOnly}
        />
      </div>
      {edge !== null ? (
        <EdgePanel index={index} edge={edge} select={goTo} onClose={closeEdge} />
      ) : (
        selection !== null &&
        table !== undefined && (
          <Panel key={table.id} index={index} at={selection.table} table={table} column={selection.column} select={goTo} openEdge={openEdge} onClose={clear} />
        )
      )}
    </div>
  );
}
