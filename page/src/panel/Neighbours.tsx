import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { stageOf } from "../data/stage.ts";
import { Icon } from "../format/Icon.tsx";
import { counted } from "../format/number.ts";

interface Props {
  readonly index: GraphIndex;
  readonly edges: readonly GraphEdge[];
  /** Which end of the edges the neighbours are. */
  readonly end: "source" | "target";
  readonly select: (table: number, column: number | null) => void;
  readonly openEdge: (edge: GraphEdge) => void;
}

/** The tables one step away, and the edges to them; a click goes there. */
export function Neighbours({ index, edges, end, select, openEdge }: Props) {
  return (
    <ul className="entries">
      {edges.map((edge) => {
        const table = index.tables[edge[end]];
        if (table === undefined) return null;
        return (
          <li key={edge[end]} className={`entry stage-${stageOf(table)}`}>
            <span className="stage-mark">
              <Icon name={stageOf(table)} />
            </span>
            <button type="button" className="link-button" dir="auto" onClick={() => select(edge[end], null)}>
              {shownName(table.name)}
            </button>
            <button type="button" className="link-button" title="What flows along this edge" onClick={() => openEdge(edge)}>
              {edge.direct.length + edge.indirect.length === 0 ? "edge" : counted(edge.direct.length, "column edge")}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
