import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge } from "../data/graph.ts";

/** A line from one shown table to another. */
export interface ShownEdge {
  readonly source: number;
  readonly target: number;
  /** `null` when the way leads through tables that are hidden. */
  readonly edge: GraphEdge | null;
}

/** What of the graph is shown. */
export interface Shown {
  readonly tables: readonly number[];
  readonly edges: readonly ShownEdge[];
}

/** Keeps the tables that `keep` names; two of them that are connected through hidden ones stay connected. */
export function shown(index: GraphIndex, keep: (table: number) => boolean): Shown {
  const kept = index.tables.map((_, at) => keep(at));
  const tables = [...kept.keys()].filter((at) => kept[at]);
  const edges: ShownEdge[] = [];
  for (const source of tables) {
    const direct = index.outOf(source).filter((edge) => edge.target !== source);
    const reached = new Set<number>([source]);
    for (const edge of direct) {
      if (!kept[edge.target]) continue;
      reached.add(edge.target);
      edges.push({ source, target: edge.target, edge });
    }
    const hidden = direct.map((edge) => edge.target).filter((at) => !kept[at]);
    for (const target of reachedThrough(index, kept, hidden)) {
      if (!reached.has(target)) edges.push({ source, target, edge: null });
    }
  }
  return { tables, edges };
}

function reachedThrough(index: GraphIndex, kept: readonly boolean[], hidden: number[]): Set<number> {
  const ends = new Set<number>();
  const seen = new Set(hidden);
  const waiting = [...hidden];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const { target } of index.outOf(at)) {
      if (kept[target]) ends.add(target);
      else if (!seen.has(target)) {
        seen.add(target);
        waiting.push(target);
      }
    }
  }
  return ends;
}
