import { createRoot } from "react-dom/client";

import { App } from "./app/App.tsx";
import { ErrorBoundary } from "./app/ErrorBoundary.tsx";
import { RouteProvider } from "./app/RouteContext.tsx";
import { ThemeProvider } from "./app/ThemeContext.tsx";
import { readEmbedded } from "./data/embedded.ts";
import { GraphProvider } from "./data/GraphContext.tsx";
import { LiveProvider } from "./live/LiveContext.tsx";

async function start(root: HTMLElement): Promise<void> {
  const { graph, live } = await readEmbedded(document);
  createRoot(root).render(
    <ErrorBoundary>
      <GraphProvider graph={graph} live={live}>
        <RouteProvider>
          <ThemeProvider>
            <LiveProvider>
              <App />
            </LiveProvider>
          </ThemeProvider>
        </RouteProvider>
      </GraphProvider>
    </ErrorBoundary>,
  );
}

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page to stand in");
start(root).catch((error: unknown) => {
  root.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  throw error;
});
