import { FORMAT, type Graph } from "../data/graph.ts";
import type { LiveOptions } from "../data/live.ts";

/** `live`: the server tells; `polling`: it is asked now and then; `lost`: it does not answer. */
export type Connection = "connecting" | "live" | "polling" | "lost";

export interface LiveState {
  readonly connection: Connection;
  /** When the graph on the page last came from the server. */
  readonly updatedAt: number;
  /** Why the graph may be out of date though the server answers. */
  readonly trouble: string | null;
  /** The server is another process now: it takes no changes from this page until it is loaded again. */
  readonly restarted: boolean;
}

/** What a follower needs of the browser; tests bring their own. */
export interface Surroundings {
  readonly fetch: typeof fetch;
  readonly openEvents: (url: string) => EventSource;
  readonly now: () => number;
}

const GAP = 1000;
/** A page that is slow to take a graph takes it less often. */
const REST = 8;
const POLL = 3000;
const REOPEN = 10_000;

interface Told {
  readonly server: string;
  readonly version: string;
  readonly trouble: string | null;
}

/** Keeps a page's graph as the server has it: told by events, or by asking while they do not get through. */
export class LiveFollower {
  private state: LiveState;
  private version: string;
  private source: EventSource | null = null;
  private fetching = false;
  private again = false;
  private effort = 0;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private fetchTimer: ReturnType<typeof setTimeout> | undefined;
  private pollTimer: ReturnType<typeof setTimeout> | undefined;
  private openTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly options: LiveOptions,
    private readonly show: (graph: Graph) => void,
    private readonly around: Surroundings,
  ) {
    this.version = options.version;
    this.state = { connection: "connecting", updatedAt: around.now(), trouble: null, restarted: false };
  }

  readonly current = (): LiveState => this.state;

  readonly watch = (changed: () => void): (() => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };

  start(): void {
    if (this.source !== null) return;
    const source = this.around.openEvents(this.options.events_url);
    this.source = source;
    source.addEventListener("state", (event) => this.told(JSON.parse((event as MessageEvent<string>).data)));
    source.addEventListener("error", () => this.troubled(source));
  }

  /** Lets go of the connection: a browser has few of them, and a hidden page needs none. */
  stop(): void {
    this.source?.close();
    this.source = null;
    for (const timer of [this.fetchTimer, this.pollTimer, this.openTimer]) clearTimeout(timer);
    this.fetchTimer = this.pollTimer = this.openTimer = undefined;
  }

  /** Asks for the graph soon, whatever the events say. */
  refresh(): void {
    this.fetchSoon();
  }

  private told({ server, version, trouble }: Told): void {
    clearTimeout(this.pollTimer);
    this.pollTimer = undefined;
    this.set({ connection: "live", trouble, restarted: server !== this.options.server });
    if (version !== this.version) this.fetchSoon();
  }

  private troubled(source: EventSource): void {
    if (source !== this.source) return;
    if (this.state.connection === "live") this.set({ connection: "lost" });
    this.pollTimer ??= setTimeout(this.poll, POLL);
    if (source.readyState !== source.CLOSED) return;
    this.source = null;
    clearTimeout(this.openTimer);
    this.openTimer = setTimeout(() => this.start(), REOPEN);
  }

  private readonly poll = async (): Promise<void> => {
    await this.fetchNow();
    if (this.pollTimer !== undefined) this.pollTimer = setTimeout(this.poll, POLL);
  };

  private fetchSoon(): void {
    const wait = this.fetchedAt + Math.max(GAP, REST * this.effort) - this.around.now();
    this.fetchTimer ??= setTimeout(() => {
      this.fetchTimer = undefined;
      void this.fetchNow();
    }, Math.max(0, wait));
  }

  private async fetchNow(): Promise<void> {
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.fetching = true;
    try {
      const { options, version, around } = this;
      const headers = { "If-None-Match": `W/"${version}"` };
      const answer = await around.fetch(options.graph_url, { headers, cache: "no-store" });
      if (answer.ok) this.took((await answer.json()) as Graph, answer.headers.get("etag"));
      else if (answer.status !== 304) throw new Error(`the server answered ${answer.status}`);
      if (this.state.connection !== "live") this.set({ connection: "polling" });
    } catch {
      this.set({ connection: "lost" });
      this.pollTimer ??= setTimeout(this.poll, POLL);
    } finally {
      this.fetching = false;
      this.fetchedAt = this.around.now();
    }
    if (this.again) {
      this.again = false;
      this.fetchSoon();
    }
  }

  private took(graph: Graph, etag: string | null): void {
    if (graph.format !== FORMAT) {
      this.set({ restarted: true });
      return;
    }
    this.version = /^W\/"(.*)"$/.exec(etag ?? "")?.[1] ?? "";
    const begun = this.around.now();
    this.show(graph);
    this.effort = this.around.now() - begun;
    this.set({ updatedAt: begun });
  }

  private set(change: Partial<LiveState>): void {
    const next = { ...this.state, ...change };
    const same = (Object.keys(next) as (keyof LiveState)[]).every((key) => next[key] === this.state[key]);
    if (same) return;
    this.state = next;
    for (const changed of this.watchers) changed();
  }
}
