import { type KeyboardEvent, useRef } from "react";

import { useRoute } from "./RouteContext.tsx";
import { VIEWS, type View } from "./route.ts";

const LABELS: Record<View, string> = { graph: "Graph", runs: "Runs", deliveries: "Deliveries" };
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** One stop for Tab; the arrows go from view to view. */
export function Tabs() {
  const { route, go } = useRoute();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = VIEWS[(VIEWS.indexOf(route.view) + step + VIEWS.length) % VIEWS.length] ?? "graph";
    go({ view: next });
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={onKeyDown}>
      {VIEWS.map((view) => (
        <button
          key={view}
          type="button"
          role="tab"
          id={`tab-${view}`}
          className="tab"
          aria-selected={view === route.view}
          aria-controls="view"
          tabIndex={view === route.view ? 0 : -1}
          onClick={() => go({ view })}
        >
          {LABELS[view]}
        </button>
      ))}
    </div>
  );
}
