import { createContext, type ReactNode, startTransition, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import { useGraph } from "../data/GraphContext.tsx";
import type { Graph } from "../data/graph.ts";
import { Letters } from "./Letters.ts";
import { LiveFollower, type LiveState } from "./LiveFollower.ts";
import { shared } from "./share.ts";

export interface Live {
  readonly state: LiveState;
  readonly letters: Letters;
}

const LiveContext = createContext<Live | null>(null);
const FILE: LiveState = { connection: "live", updatedAt: 0, trouble: null, restarted: false };
const nothing = () => () => undefined;

/** Follows the server while the page is seen; a page in a file has none. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { graph, live: options, replaceGraph } = useGraph();
  const [follower] = useState(() => {
    if (options === null) return null;
    let shown = graph;
    const show = (next: Graph) => {
      shown = shared(shown, next);
      startTransition(() => replaceGraph(shown));
    };
    const openEvents = (url: string) => new EventSource(url);
    return new LiveFollower(options, show, { fetch: (...asked) => fetch(...asked), openEvents, now: Date.now });
  });

  useEffect(() => {
    if (follower === null) return;
    const follow = () => (document.hidden ? follower.stop() : follower.start());
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      follower.stop();
    };
  }, [follower]);

  const state = useSyncExternalStore(follower?.watch ?? nothing, follower?.current ?? (() => FILE));
  const letters = useMemo(
    () => (options && follower ? new Letters(options, () => follower.refresh(), (...asked) => fetch(...asked)) : null),
    [options, follower],
  );
  const live = useMemo(() => (letters ? { state, letters } : null), [state, letters]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** `null` in a page that was written to a file. */
export function useLive(): Live | null {
  return useContext(LiveContext);
}
