import { useGraph } from "../data/GraphContext.tsx";
import { counted } from "../format/number.ts";

export function GraphView() {
  const { graph } = useGraph();
  return <p className="empty">{counted(graph.tables.length, "table")}</p>;
}
