import type { GraphConsumer } from "../data/graph.ts";

export type Health = "well" | "behind" | "retrying" | "open" | "probing" | "dead";

/** What a consumer needs most to be told of. */
export function healthOf(consumer: GraphConsumer): Health {
  if (consumer.breaker !== "closed") return consumer.breaker === "half_open" ? "probing" : "open";
  if (consumer.dead > 0) return "dead";
  if (consumer.pending > 0) return consumer.last_error === null ? "behind" : "retrying";
  return "well";
}

/** How much of the outbox a consumer has behind it, from 0 to 1. */
export function share(consumer: GraphConsumer, head: number): number {
  return head === 0 ? 1 : Math.min(1, consumer.position / head);
}
