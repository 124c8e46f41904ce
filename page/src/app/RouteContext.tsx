import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from "react";

import { formatRoute, parseRoute, type Route } from "./route.ts";

export interface Routing {
  readonly route: Route;
  /** Goes elsewhere; what is not named stays. */
  readonly go: (change: Partial<Route>) => void;
}

const RouteContext = createContext<Routing | null>(null);

export function RouteProvider({ children }: { readonly children: ReactNode }) {
  const hash = useSyncExternalStore(watchHash, () => location.hash);
  const route = useMemo(() => parseRoute(hash), [hash]);
  const go = useCallback((change: Partial<Route>) => {
    location.hash = formatRoute({ ...parseRoute(location.hash), ...change });
  }, []);
  const routing = useMemo(() => ({ route, go }), [route, go]);
  return <RouteContext value={routing}>{children}</RouteContext>;
}

export function useRoute(): Routing {
  const routing = useContext(RouteContext);
  if (routing === null) throw new Error("useRoute stands outside of RouteProvider");
  return routing;
}

function watchHash(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
