import { useCallback, useMemo, useState } from "react";

import { useShortcut } from "../app/useShortcut.ts";
import type { GraphRun } from "../data/graph.ts";
import { failuresOf } from "./failures.ts";
import { LineDetails } from "./LineDetails.tsx";
import { RunHeader } from "./RunHeader.tsx";
import { type Order, rowsOf } from "./rows.ts";
import { lengthOf, looseChecks, type Step, stepsOf } from "./steps.ts";
import { Timeline } from "./Timeline.tsx";
import { TimelineTools } from "./TimelineTools.tsx";
import { useElapsed } from "./useElapsed.ts";

const FEW_MODELS = 60;

/** One run: how it went, and its timeline. A run that failed opens at what failed. */
export function RunDetail({ run }: { readonly run: GraphRun }) {
  const elapsed = useElapsed(run);
  const steps = useMemo(() => stepsOf(run, elapsed), [run, elapsed]);
  const loose = useMemo(() => looseChecks(run), [run]);
  // What stands at the very end has room for its mark.
  const length = lengthOf(run, elapsed) * 1.02;
  const failures = useMemo(() => failuresOf(steps), [steps]);

  const [chosen, setChosen] = useState<string | null>(failures[0]?.id ?? null);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => expandedAtFirst(steps));
  const [order, setOrder] = useState<Order>("start");
  const [troubled, setTroubled] = useState(false);
  const [reveal, setReveal] = useState(0);
  const [search, setSearch] = useState("");
  const rows = useMemo(
    () => rowsOf(steps, loose, { order, troubled, search, expanded }),
    [steps, loose, order, troubled, search, expanded],
  );
  const expand = useCallback((key: string, wanted: boolean) => {
    setExpanded((before) => {
      const after = new Set(before);
      if (wanted) after.add(key);
      else after.delete(key);
      return after;
    });
  }, []);
  const show = (id: string) => {
    setSearch("");
    setChosen(id);
    setReveal((before) => before + 1);
  };
  useShortcut("Escape", () => setChosen(null));

  const row = rows.find((each) => each.id === chosen);
  return (
    <article className="run" aria-label={`Run ${run.id}`}>
      <RunHeader run={run} failures={failures} elapsed={elapsed} onShow={show} />
      <TimelineTools
        steps={steps}
        shown={rows.filter((each) => each.kind === "step").length}
        order={order}
        troubled={troubled}
        search={search}
        expanded={expanded}
        onOrder={setOrder}
        onTroubled={setTroubled}
        onSearch={setSearch}
        onExpandAll={(all) => setExpanded(all ? new Set(steps.map((step) => step.key)) : new Set())}
      />
      {run.steps.length === 0 && loose.length === 0 ? (
        <p className="empty">{run.status === "queued" ? "It waits to be started." : "No step was recorded."}</p>
      ) : (
        <Timeline rows={rows} length={length} elapsed={elapsed} chosen={chosen} reveal={reveal} order={order} onChoose={setChosen} onExpand={expand} />
      )}
      {row !== undefined && <LineDetails row={row} elapsed={elapsed} onClose={() => setChosen(null)} />}
    </article>
  );
}

/** Few models are shown at once; of many only those of steps that did not go well. */
function expandedAtFirst(steps: readonly Step[]): ReadonlySet<string> {
  const models = steps.reduce((sum, step) => sum + step.models.length, 0);
  const open = steps.filter((step) => step.models.length > 0 && (models <= FEW_MODELS || step.failed));
  return new Set(open.map((step) => step.key));
}
