import { useGraph } from "../data/GraphContext.tsx";
import { Consumers } from "../deliveries/Consumers.tsx";
import { DeadLetters } from "../deliveries/DeadLetters.tsx";

/** Whether events arrive, at each consumer, and what did not. */
export function DeliveriesView() {
  const { graph, live } = useGraph();
  if (graph.consumers.length === 0 && graph.dead.length === 0) {
    const when = live ? "; they appear here with the first relay or drain" : "";
    return <p className="empty">No consumer was registered{when}.</p>;
  }
  return (
    <div className="deliveries">
      <h2>Consumers</h2>
      <Consumers consumers={graph.consumers} />
      <DeadLetters />
    </div>
  );
}
