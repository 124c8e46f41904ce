import { FORMAT, type Graph } from "./graph.ts";
import type { LiveOptions } from "./live.ts";

/** What the page was written with: the graph, and where the server is when there is one. */
export interface Embedded {
  readonly graph: Graph;
  readonly live: LiveOptions | null;
}

export function readEmbedded(page: Document): Embedded {
  const graph = read(page, "graph") as Graph;
  if (graph.format !== FORMAT) {
    throw new Error(`the graph has format ${graph.format}, and this page reads ${FORMAT}`);
  }
  return { graph, live: read(page, "live") as LiveOptions | null };
}

function read(page: Document, id: string): unknown {
  const text = page.getElementById(id)?.textContent;
  if (!text) throw new Error(`the page holds no data #${id}`);
  return JSON.parse(text);
}
