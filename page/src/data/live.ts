/** Where a live page asks its server; mirrors `LiveOptions` of phlo_hooks/page. */
export interface LiveOptions {
  /** The graph as JSON. */
  readonly graph_url: string;
  /** Server-sent events that say that there is something new. */
  readonly events_url: string;
  /** Takes dead letters that are to be delivered again. */
  readonly retry_url: string;
  /** Takes dead letters that are given up on. */
  readonly drop_url: string;
  /** Goes with every request that changes something. */
  readonly token: string;
  /** Another server process has another one; it does not take this token. */
  readonly server: string;
  /** Of the graph that the page was made with. */
  readonly version: string;
}
