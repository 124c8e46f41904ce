import { useMemo, useState } from "react";

import { useRoute } from "../app/RouteContext.tsx";
import { useGraph } from "../data/GraphContext.tsx";
import { counted } from "../format/number.ts";
import { RunDetail } from "../runs/RunDetail.tsx";
import { RunFilter } from "../runs/RunFilter.tsx";
import { RunList } from "../runs/RunList.tsx";

/** The runs beside the one that is open: the one in the address, or else the newest. */
export function RunsView() {
  const { graph, live } = useGraph();
  const { route, go } = useRoute();
  const [status, setStatus] = useState<string | null>(null);
  const runs = useMemo(() => graph.runs.filter((run) => status === null || run.status === status), [graph.runs, status]);
  const open = route.run === null ? runs[0] : graph.runs.find((run) => run.id === route.run);

  if (graph.runs.length === 0) {
    return <p className="empty">{live ? "No run was recorded yet; runs appear here by themselves." : "No run was recorded."}</p>;
  }
  return (
    <div className="runs">
      <aside className="runs-side" aria-label="Runs">
        <RunFilter runs={graph.runs} status={status} onStatus={setStatus} />
        <RunList runs={runs} chosen={open?.id ?? null} onChoose={(id) => go({ run: id })} />
        <p className="runs-count">{counted(graph.runs.length, "run")}, the newest first</p>
      </aside>
      {open === undefined ? (
        <p className="empty">
          Run <code>{route.run}</code> is not among the {counted(graph.runs.length, "run")} on this page.
        </p>
      ) : (
        <RunDetail key={open.id} run={open} />
      )}
    </div>
  );
}
