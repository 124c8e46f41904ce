import type { Graph, GraphEdge, GraphTable } from "./graph.ts";

/** The same graph, with what is asked often at hand: tables by id, and the edges into and out of each table. */
export class GraphIndex {
  readonly tables: readonly GraphTable[];
  readonly edges: readonly GraphEdge[];
  readonly byId: ReadonlyMap<string, number>;
  private readonly ins: readonly GraphEdge[][];
  private readonly outs: readonly GraphEdge[][];
  private readonly linkedByTable = new Map<number, ReadonlySet<number>>();

  constructor(graph: Pick<Graph, "tables" | "edges">) {
    this.tables = graph.tables;
    this.edges = graph.edges;
    this.byId = new Map(graph.tables.map((table, at) => [table.id, at]));
    const ins: GraphEdge[][] = graph.tables.map(() => []);
    const outs: GraphEdge[][] = graph.tables.map(() => []);
    for (const edge of graph.edges) {
      ins[edge.target]?.push(edge);
      outs[edge.source]?.push(edge);
    }
    this.ins = ins;
    this.outs = outs;
  }

  /** Edges that end in the table. */
  into(table: number): readonly GraphEdge[] {
    return this.ins[table] ?? [];
  }

  /** Edges that start in the table. */
  outOf(table: number): readonly GraphEdge[] {
    return this.outs[table] ?? [];
  }

  /** Columns of the table that some column edge starts or ends in. */
  linked(table: number): ReadonlySet<number> {
    const known = this.linkedByTable.get(table);
    if (known !== undefined) return known;
    const found = new Set<number>();
    for (const { direct, indirect } of this.into(table)) {
      for (const [, down] of [...direct, ...indirect]) if (down >= 0) found.add(down);
    }
    for (const { direct, indirect } of this.outOf(table)) {
      for (const [up] of [...direct, ...indirect]) found.add(up);
    }
    this.linkedByTable.set(table, found);
    return found;
  }
}
