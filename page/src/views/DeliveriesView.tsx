import { useGraph } from "../data/GraphContext.tsx";
import { counted } from "../format/number.ts";

export function DeliveriesView() {
  const { graph } = useGraph();
  return <p className="empty">{counted(graph.consumers.length, "consumer")}</p>;
}
