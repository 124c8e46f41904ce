import { useEffect, useState } from "react";

import { useGraph } from "../data/GraphContext.tsx";
import type { GraphRun } from "../data/graph.ts";
import { isOpen } from "./steps.ts";

/** Seconds since a run's start: it goes on while the run does; in a file it is as of the file. */
export function useElapsed(run: GraphRun): number {
  const { graph, live } = useGraph();
  const goesOn = live !== null && isOpen(run);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!goesOn) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [goesOn]);
  const at = goesOn ? Math.max(now, Date.parse(graph.made_at)) : Date.parse(graph.made_at);
  return Math.max(0, (at - Date.parse(run.started_at)) / 1000);
}
