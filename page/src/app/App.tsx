import { Activity, useState } from "react";

import { DeliveriesView } from "../views/DeliveriesView.tsx";
import { GraphView } from "../views/GraphView.tsx";
import { RunsView } from "../views/RunsView.tsx";
import { Header } from "./Header.tsx";
import { Notes } from "./Notes.tsx";
import { useRoute } from "./RouteContext.tsx";
import { VIEWS, type View } from "./route.ts";
import { Shortcuts } from "./Shortcuts.tsx";
import { useShortcut } from "./useShortcut.ts";

const SHOWN: Record<View, () => React.ReactNode> = {
  graph: GraphView,
  runs: RunsView,
  deliveries: DeliveriesView,
};

export function App() {
  const { route } = useRoute();
  const [help, setHelp] = useState(false);
  const [visited, setVisited] = useState<ReadonlySet<View>>(() => new Set([route.view]));
  useShortcut("?", () => setHelp(true));
  if (!visited.has(route.view)) setVisited(new Set([...visited, route.view]));
  return (
    <div className="app">
      <Header onHelp={() => setHelp(true)} />
      <Notes />
      <main className="main">
        <div className="view" id="view" role="tabpanel" aria-labelledby={`tab-${route.view}`}>
          {VIEWS.filter((view) => visited.has(view)).map((view) => {
            const Shown = SHOWN[view];
            return (
              <Activity key={view} mode={view === route.view ? "visible" : "hidden"}>
                <Shown />
              </Activity>
            );
          })}
        </div>
      </main>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </div>
  );
}
