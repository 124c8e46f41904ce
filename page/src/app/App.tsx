import { useState } from "react";

import { DeliveriesView } from "../views/DeliveriesView.tsx";
import { GraphView } from "../views/GraphView.tsx";
import { RunsView } from "../views/RunsView.tsx";
import { Header } from "./Header.tsx";
import { useRoute } from "./RouteContext.tsx";
import type { View } from "./route.ts";
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
  useShortcut("?", () => setHelp(true));
  const Shown = SHOWN[route.view];
  return (
    <div className="app">
      <Header onHelp={() => setHelp(true)} />
      <main className="main">
        <div className="view" id="view" role="tabpanel" aria-labelledby={`tab-${route.view}`}>
          <Shown />
        </div>
      </main>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </div>
  );
}
