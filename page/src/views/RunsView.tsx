import { useGraph } from "../data/GraphContext.tsx";
import { counted } from "../format/number.ts";

export function RunsView() {
  const { graph } = useGraph();
  return <p className="empty">{counted(graph.runs.length, "run")}</p>;
}
