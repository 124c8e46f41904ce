import { useEffect, useState } from "react";

import { type Order, type Placed, place } from "./place.ts";
import workerSource from "./worker.ts?worker";

export interface Layout<Key> {
  /** What was placed. */
  readonly key: Key;
  readonly placed: Placed;
}

/** Places the cards beside the page's own thread; until it is done, the layout before stays (`null` at first). */
export function useLayout<Key>(key: Key, order: Order): Layout<Key> | null {
  const [layout, setLayout] = useState<Layout<Key> | null>(null);
  useEffect(() => inWorker(order, (placed) => setLayout({ key, placed })), [key, order]);
  return layout;
}

/** Returns what stops it. Where a browser starts no worker from a blob, it is done at once. */
function inWorker(order: Order, done: (placed: Placed) => void): () => void {
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  let worker: Worker;
  try {
    worker = new Worker(url);
  } catch {
    done(place(order));
    return () => undefined;
  }
  const stop = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  worker.onmessage = ({ data }: MessageEvent<Placed>) => {
    stop();
    done(data);
  };
  worker.onerror = () => {
    stop();
    done(place(order));
  };
  worker.postMessage(order);
  return stop;
}
