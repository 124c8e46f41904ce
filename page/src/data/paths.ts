import type { GraphIndex } from "./GraphIndex.ts";
import type { GraphEdge } from "./graph.ts";

/** Where something lies, seen from what is selected. */
export type Side = "self" | "up" | "down";

/** Stands for every column of a table. */
export const EVERY_COLUMN = -1;

/** Everything that one table is made from, and everything that is made from it. */
export interface TablePath {
  readonly tables: ReadonlyMap<number, Side>;
  readonly edges: ReadonlyMap<GraphEdge, Side>;
}

/** One column that another is made from. */
export interface ColumnLink {
  readonly edge: GraphEdge;
  /** Column of `edge.source`. */
  readonly up: number;
  /** Column of `edge.target`, or `EVERY_COLUMN`. */
  readonly down: number;
  readonly direct: boolean;
  readonly transformation: number;
  readonly side: Side;
}

/** The way of one column through the graph. */
export interface ColumnPath {
  /** Table, column, where it lies. */
  readonly columns: ReadonlyMap<number, ReadonlyMap<number, Side>>;
  readonly links: readonly ColumnLink[];
}

export function tablePath(index: GraphIndex, table: number): TablePath {
  const tables = new Map<number, Side>([[table, "self"]]);
  const edges = new Map<GraphEdge, Side>();
  walk(table, (at) => index.into(at), (edge) => edge.source, "up", tables, edges);
  walk(table, (at) => index.outOf(at), (edge) => edge.target, "down", tables, edges);
  return { tables, edges };
}

function walk(
  start: number,
  edgesOf: (table: number) => readonly GraphEdge[],
  endOf: (edge: GraphEdge) => number,
  side: Side,
  tables: Map<number, Side>,
  edges: Map<GraphEdge, Side>,
): void {
  const waiting = [start];
  const seen = new Set(waiting);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const edge of edgesOf(at)) {
      edges.set(edge, side);
      const end = endOf(edge);
      if (seen.has(end)) continue;
      seen.add(end);
      if (!tables.has(end)) tables.set(end, side);
      waiting.push(end);
    }
  }
}

/** Follows direct edges, and indirect ones when `indirect` is set. */
export function columnPath(index: GraphIndex, table: number, column: number, indirect: boolean): ColumnPath {
  const found = new Found();
  found.add(table, column, "self");
  const follow = (side: Side, step: (table: number, column: number) => Iterable<Step>) => {
    const waiting: (readonly [number, number])[] = [[table, column]];
    const seen = new Set([`${table}:${column}`]);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const { link, ends } of step(...at)) {
        found.links.push({ ...link, side });
        for (const end of ends) {
          const key = `${end[0]}:${end[1]}`;
          if (seen.has(key)) continue;
          seen.add(key);
          found.add(...end, side);
          waiting.push(end);
        }
      }
    }
  };
  follow("up", (t, c) => upstream(index, t, c, indirect));
  follow("down", (t, c) => downstream(index, t, c, indirect));
  return { columns: found.columns, links: unique(found.links) };
}

/** What one column is made from, one step up. */
export function columnSources(index: GraphIndex, table: number, column: number): ColumnLink[] {
  return [...upstream(index, table, column, true)].map(({ link }) => ({ ...link, side: "up" as const }));
}

interface Step {
  readonly link: Omit<ColumnLink, "side">;
  readonly ends: readonly (readonly [number, number])[];
}

class Found {
  readonly columns = new Map<number, Map<number, Side>>();
  readonly links: ColumnLink[] = [];

  add(table: number, column: number, side: Side): void {
    const columns = this.columns.get(table) ?? new Map<number, Side>();
    this.columns.set(table, columns);
    if (!columns.has(column)) columns.set(column, side);
  }
}

function* upstream(index: GraphIndex, table: number, column: number, indirect: boolean): Generator<Step> {
  for (const edge of index.into(table)) {
    for (const [up, down, transformation] of edge.direct) {
      if (down !== column) continue;
      yield { link: { edge, up, down, transformation, direct: true }, ends: [[edge.source, up]] };
    }
    if (!indirect) continue;
    for (const [up, down, transformation] of edge.indirect) {
      if (down !== column && down !== EVERY_COLUMN) continue;
      yield { link: { edge, up, down, transformation, direct: false }, ends: [[edge.source, up]] };
    }
  }
}

function* downstream(index: GraphIndex, table: number, column: number, indirect: boolean): Generator<Step> {
  for (const edge of index.outOf(table)) {
    for (const [up, down, transformation] of edge.direct) {
      if (up !== column) continue;
      yield { link: { edge, up, down, transformation, direct: true }, ends: [[edge.target, down]] };
    }
    if (!indirect) continue;
    for (const [up, down, transformation] of edge.indirect) {
      if (up !== column) continue;
      const all = index.tables[edge.target]?.columns ?? [];
      const ends = down === EVERY_COLUMN ? all.map((_, at) => [edge.target, at] as const) : [[edge.target, down] as const];
      yield { link: { edge, up, down, transformation, direct: false }, ends };
    }
  }
}

function unique(links: readonly ColumnLink[]): ColumnLink[] {
  const seen = new Set<string>();
  return links.filter((link) => {
    const key = [link.edge.source, link.edge.target, link.up, link.down, link.direct, link.transformation].join();
    return !seen.has(key) && seen.add(key);
  });
}
