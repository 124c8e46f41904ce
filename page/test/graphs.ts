import type { Graph, GraphEdge, GraphTable } from "../src/data/graph.ts";

export function table(name: string, columns: readonly string[] = [], more: Partial<GraphTable> = {}): GraphTable {
  return {
    id: `ns/${name}`,
    namespace: "ns",
    full_name: name,
    name,
    resolved: true,
    role: "table",
    asset_keys: [],
    code_location: null,
    stage: "",
    group: null,
    kinds: [],
    owners: [],
    tags: {},
    description: null,
    columns: columns.map((column) => ({ name: column, type: null, nullable: null, description: null })),
    checks: [],
    status: "",
    rows: null,
    at: null,
    run_id: null,
    runs: [],
    sql: null,
    dialect: null,
    columns_from: "",
    warning: null,
    url: null,
    ...more,
  };
}

export function edge(source: number, target: number, more: Partial<GraphEdge> = {}): GraphEdge {
  return { source, target, origin: "dagster", direct: [], indirect: [], ...more };
}

export function graph(tables: readonly GraphTable[], edges: readonly GraphEdge[] = []): Graph {
  return {
    title: "",
    made_at: "2026-11-21T12:00:00Z",
    format: 1,
    head: 0,
    dagster_url: null,
    transformations: ["identity", "filter"],
    tables,
    edges,
    runs: [],
    consumers: [],
    dead: [],
    notes: [],
  };
}
