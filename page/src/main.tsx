import { createRoot } from "react-dom/client";

import { App } from "./app/App.tsx";
import { RouteProvider } from "./app/RouteContext.tsx";
import { ThemeProvider } from "./app/ThemeContext.tsx";
import { GraphProvider } from "./data/GraphContext.tsx";
import { readEmbedded } from "./data/embedded.ts";
import { LiveProvider } from "./live/LiveContext.tsx";

const { graph, live } = readEmbedded(document);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page to stand in");

createRoot(root).render(
  <GraphProvider graph={graph} live={live}>
    <RouteProvider>
      <ThemeProvider>
        <LiveProvider>
          <App />
        </LiveProvider>
      </ThemeProvider>
    </RouteProvider>
  </GraphProvider>,
);
