import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

import { GraphIndex } from "./GraphIndex.ts";
import type { Graph } from "./graph.ts";
import type { LiveOptions } from "./live.ts";

export interface GraphState {
  readonly graph: Graph;
  readonly index: GraphIndex;
  /** `null` in a page that was written to a file. */
  readonly live: LiveOptions | null;
  /** Shows another graph in place of this one; what is selected and expanded stays, by the tables' ids. */
  readonly replaceGraph: (graph: Graph) => void;
}

const GraphContext = createContext<GraphState | null>(null);

interface Props {
  readonly graph: Graph;
  readonly live: LiveOptions | null;
  readonly children: ReactNode;
}

export function GraphProvider({ graph: first, live, children }: Props) {
  const [graph, replaceGraph] = useState(first);
  const { tables, edges } = graph;
  const index = useMemo(() => new GraphIndex({ tables, edges }), [tables, edges]);
  const state = useMemo(() => ({ graph, index, live, replaceGraph }), [graph, index, live]);
  return <GraphContext value={state}>{children}</GraphContext>;
}

export function useGraph(): GraphState {
  const state = useContext(GraphContext);
  if (state === null) throw new Error("useGraph stands outside of GraphProvider");
  return state;
}
