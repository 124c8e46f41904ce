import { FORMAT, type Graph } from "./graph.ts";
import type { LiveOptions } from "./live.ts";

/** What the page was written with: the graph, and where the server is when there is one. */
export interface Embedded {
  readonly graph: Graph;
  readonly live: LiveOptions | null;
}

export async function readEmbedded(page: Document): Promise<Embedded> {
  const [graph, live] = await Promise.all([read(page, "graph"), read(page, "live")]);
  const { format } = graph as Graph;
  if (format !== FORMAT) throw new Error(`the graph has format ${format}, and this page reads ${FORMAT}`);
  return { graph: graph as Graph, live: live as LiveOptions | null };
}

async function read(page: Document, id: string): Promise<unknown> {
  const element = page.getElementById(id);
  const text = element?.textContent;
  if (!element || !text) throw new Error(`the page holds no data #${id}`);
  return JSON.parse(element.dataset["packed"] === "deflate" ? await unpacked(text) : text);
}

function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}
