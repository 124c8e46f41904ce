/** Where a live page asks its server; mirrors `LiveOptions` of phlo_hooks/page. */
export interface LiveOptions {
  /** The graph as JSON. */
  readonly graph_url: string;
  /** Server-sent events that say that there is something new. */
  readonly events_url: string;
  /** Takes the retry of a dead letter. */
  readonly retry_url: string;
  /** Goes with every request that changes something. */
  readonly token: string;
}
