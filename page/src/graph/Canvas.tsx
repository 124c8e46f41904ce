import { Background, ControlButton, Controls, MiniMap, type Node, ReactFlow, useReactFlow, useStore } from "@xyflow/react";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";

import { useShortcut } from "../app/useShortcut.ts";
import type { GraphEdge } from "../data/graph.ts";
import { stageOf } from "../data/stage.ts";
import { lookOf } from "../data/status.ts";
import { Icon } from "../format/Icon.tsx";
import { WIDTH } from "./card.ts";
import { edgeAt } from "./hit.ts";
import { LineLayer } from "./LineLayer.tsx";
import type { Lit, Selection } from "./lit.ts";
import { closest, isDirection, neighbour } from "./neighbours.ts";
import { type Detail, SceneContext, type SceneState } from "./SceneContext.ts";
import type { Scene } from "./scene.ts";
import type { ShownEdge } from "./shown.ts";
import { TableNode } from "./TableNode.tsx";
import type { Colours } from "./useColours.ts";
import { useFollow } from "./useFollow.ts";

const NODE_TYPES = { table: TableNode };
/** A smaller graph is seen whole. */
const MINIMAP_FROM = 40;
const MINIMAP = { width: 160, height: 108 };
/** How close to a line the mouse has to be, on the screen. */
const REACH = 7;
const NEAR = 0.55;
const MIDDLE = 0.28;

interface Props {
  readonly scene: Scene;
  /** Changes when the graph should be fitted into the window again. */
  readonly fitKey: string;
  readonly lit: Lit | null;
  readonly selection: Selection | null;
  readonly indirect: boolean;
  readonly colours: Colours;
  readonly select: (table: number, column: number | null) => void;
  readonly toggleOpen: (table: number) => void;
  readonly showWhole: (table: number) => void;
  /** Called for a click on a line. */
  readonly openEdge: (edge: GraphEdge) => void;
  /** Called for a click on nothing. */
  readonly onClear: () => void;
}

/** The graph itself. One stop for Tab; the arrows walk along its edges. */
export function Canvas({ scene, fitKey, lit, selection, indirect, colours, select, toggleOpen, showWhole, openEdge, onClear }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const follow = useFollow(scene, selection, fitKey, frame);
  const flow = useReactFlow();
  const detail = useStore(detailOf);
  const selectedId = selection === null ? null : (scene.index.tables[selection.table]?.id ?? null);
  const [cursorId, setCursorId] = useState(selectedId);
  const cursor = cursorId === null ? null : (scene.index.byId.get(cursorId) ?? null);
  useEffect(() => {
    if (selectedId !== null) setCursorId(selectedId);
  }, [selectedId]);

  const state = useMemo<SceneState>(() => {
    const click = (table: number, column: number | null) => {
      follow.onClick(table);
      select(table, column);
    };
    const toggle = (table: number) => {
      follow.onOpen(table);
      toggleOpen(table);
    };
    return { scene, lit, selection, cursor, detail, indirect, select: click, toggleOpen: toggle, showWhole };
  }, [scene, lit, selection, cursor, detail, indirect, select, toggleOpen, showWhole, follow]);
  useShortcut("f", follow.fit);
  const zoom = (by: () => Promise<boolean>) => {
    follow.onMove();
    void by();
  };
  useShortcut("+", () => zoom(flow.zoomIn));
  useShortcut("-", () => zoom(flow.zoomOut));
  useShortcut("e", () => cursor !== null && state.toggleOpen(cursor));

  const [hovered, setHovered] = useState<ShownEdge | null>(null);
  const edgeUnder = ({ clientX, clientY }: MouseEvent) => {
    const { x, y } = flow.screenToFlowPosition({ x: clientX, y: clientY });
    return edgeAt(scene, x, y, REACH / flow.getZoom());
  };
  const clickPane = (event: MouseEvent) => {
    const under = edgeUnder(event);
    if (under?.edge) openEdge(under.edge);
    else onClear();
  };

  // Until the graph is fitted, all cards would be drawn in full, only to be drawn small right after.
  const nodes = useMemo(() => (follow.fitted ? nodesOf(scene) : []), [scene, follow.fitted]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== frame.current || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && cursor !== null) {
      event.preventDefault();
      select(cursor, null);
    } else if (isDirection(event.key)) {
      event.preventDefault();
      const { x, y } = follow.middle();
      const next = cursor === null ? closest(scene, x, y) : neighbour(scene, cursor, event.key);
      if (next === null) return;
      setCursorId(scene.index.tables[next]?.id ?? null);
      follow.reveal(next);
      if (selection !== null) select(next, null);
    }
  };
  return (
    <SceneContext value={state}>
      <div
        ref={frame}
        id="graph-canvas"
        className={`canvas by-${colours} ${hovered ? "is-over-line" : ""}`}
        role="application"
        aria-label="Lineage graph; arrow keys walk along it, Enter opens a table"
        aria-activedescendant={cursor === null ? undefined : `table-${cursor}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <ReactFlow
          nodes={nodes}
          nodeTypes={NODE_TYPES}
          minZoom={0.02}
          maxZoom={2}
          onlyRenderVisibleElements
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          elementsSelectable={false}
          zoomOnDoubleClick={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          onNodeClick={(_, node) => state.select(Number(node.id), null)}
          onPaneClick={clickPane}
          onPaneMouseMove={(event) => setHovered(edgeUnder(event))}
          onPaneMouseLeave={() => setHovered(null)}
          onMoveStart={() => frame.current?.classList.add("is-moving")}
          onMove={(event) => event !== null && follow.onMove()}
          onMoveEnd={() => frame.current?.classList.remove("is-moving")}
        >
          <LineLayer hovered={hovered} />
          <Background gap={24} />
          <Controls showInteractive={false} showFitView={false} onZoomIn={follow.onMove} onZoomOut={follow.onMove}>
            <ControlButton onClick={() => follow.fit()} aria-label="Fit the graph into the window" title="Fit (f)">
              <Icon name="fit" />
            </ControlButton>
          </Controls>
          {nodes.length >= MINIMAP_FROM && (
            <MiniMap pannable zoomable nodeClassName={minimapClass} nodeBorderRadius={8} ariaLabel="Overview of the graph" style={MINIMAP} />
          )}
        </ReactFlow>
      </div>
    </SceneContext>
  );
}

interface TableNodeData extends Record<string, unknown> {
  readonly marks: string;
}

function nodesOf(scene: Scene): Node<TableNodeData>[] {
  return [...scene.cards.values()].map(({ table, x, y, height }) => {
    const about = scene.index.tables[table];
    return {
      id: String(table),
      type: "table",
      position: { x, y },
      width: WIDTH,
      height,
      data: { marks: about ? `stage-${stageOf(about)} tone-${lookOf(about.status).tone}` : "stage-table" },
    };
  });
}

function minimapClass(node: Node): string {
  return (node.data as TableNodeData).marks;
}

function detailOf({ transform: [, , zoom] }: { readonly transform: readonly [number, number, number] }): Detail {
  if (zoom >= NEAR) return "near";
  return zoom >= MIDDLE ? "middle" : "far";
}
