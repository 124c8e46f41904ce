import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge } from "../data/graph.ts";
import { type ColumnLink, columnPath, type Side, tablePath } from "../data/paths.ts";

/** What lights up for a selection; all else steps back. */
export interface Lit {
  readonly tables: ReadonlyMap<number, Side>;
  /** Empty for a column's path: its links say more. */
  readonly edges: ReadonlyMap<GraphEdge, Side>;
  /** Columns of the lit tables; `null` when a whole table is selected. */
  readonly columns: ReadonlyMap<number, ReadonlyMap<number, Side>> | null;
  readonly links: readonly ColumnLink[];
}

export interface Selection {
  readonly table: number;
  readonly column: number | null;
}

/** One edge and its two tables. */
export function litByEdge(edge: GraphEdge): Lit {
  const tables = new Map<number, Side>([[edge.source, "up"], [edge.target, "down"]]);
  return { tables, edges: new Map([[edge, "up"]]), columns: null, links: [] };
}

export function litBy(index: GraphIndex, selection: Selection | null, indirect: boolean): Lit | null {
  if (selection === null) return null;
  const { table, column } = selection;
  if (column === null) return { ...tablePath(index, table), columns: null, links: [] };
  const { columns, links } = columnPath(index, table, column, indirect);
  const tables = new Map([...columns].map(([at, sides]) => [at, sideOf(sides)]));
  return { tables: tables.set(table, "self"), edges: new Map(), columns, links };
}

function sideOf(sides: ReadonlyMap<number, Side>): Side {
  return sides.values().next().value ?? "self";
}
