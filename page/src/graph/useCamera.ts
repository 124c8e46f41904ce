import { type ReactFlowInstance, useReactFlow } from "@xyflow/react";
import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef } from "react";

import { type Card, WIDTH } from "./card.ts";
import { boundsOf, type Rect, type Scene } from "./scene.ts";

const MARGIN = 24;
/** The tools lie over the top of the graph. */
const MARGIN_TOP = 58;
/** What one can read. */
const READABLE = 0.7;
const JUMP_TO = 0.9;

export interface Camera {
  /** Shows all cards. */
  readonly fit: () => void;
  /** Brings a table into view; `readable` also comes closer when it is too small to read. */
  readonly reveal: (table: number, readable: boolean) => void;
  /** The middle of what is seen, in the graph's own units. */
  readonly middle: () => { readonly x: number; readonly y: number };
}

/** Moves what is seen of the graph. */
export function useCamera(scene: Scene, frame: RefObject<HTMLElement | null>): Camera {
  const flow = useReactFlow();
  const latest = useRef(scene);
  useLayoutEffect(() => {
    latest.current = scene;
  });
  const fit = useCallback(() => {
    const bounds = boundsOf(latest.current.cards.values());
    if (bounds && frame.current) void flow.setViewport(fitting(bounds, frame.current), { duration: moving() });
  }, [flow, frame]);
  const reveal = useCallback(
    (table: number, readable: boolean) => {
      const card = latest.current.cards.get(table);
      if (!card || !frame.current) return;
      const { zoom } = flow.getViewport();
      const closer = readable && zoom < READABLE ? JUMP_TO : zoom;
      if (closer === zoom && isInside(card, frame.current, flow)) return;
      const { clientWidth, clientHeight } = frame.current;
      const x = clientWidth / 2 - (card.x + WIDTH / 2) * closer;
      const y = clientHeight / 2 - (card.y + Math.min(card.height, clientHeight / closer) / 2) * closer;
      void flow.setViewport({ x, y, zoom: closer }, { duration: moving() });
    },
    [flow, frame],
  );
  const middle = useCallback(() => {
    const { x, y, zoom } = flow.getViewport();
    const { clientWidth = 0, clientHeight = 0 } = frame.current ?? {};
    return { x: (clientWidth / 2 - x) / zoom, y: (clientHeight / 2 - y) / zoom };
  }, [flow, frame]);
  return useMemo(() => ({ fit, reveal, middle }), [fit, reveal, middle]);
}

/** Keeps a card where it is on the screen while others make room. */
export function useAnchor(scene: Scene, anchor: number | null): void {
  const flow = useReactFlow();
  const before = useRef(scene);
  useLayoutEffect(() => {
    const was = before.current;
    before.current = scene;
    if (anchor === null || was === scene) return;
    const id = scene.index.tables[anchor]?.id;
    const old = was.cards.get(id === undefined ? -1 : (was.index.byId.get(id) ?? -1));
    const card = scene.cards.get(anchor);
    if (!old || !card || (old.x === card.x && old.y === card.y)) return;
    const { x, y, zoom } = flow.getViewport();
    void flow.setViewport({ x: x + (old.x - card.x) * zoom, y: y + (old.y - card.y) * zoom, zoom });
  }, [scene, anchor, flow]);
}

function fitting(bounds: Rect, { clientWidth, clientHeight }: HTMLElement): { x: number; y: number; zoom: number } {
  const across = (clientWidth - 2 * MARGIN) / bounds.width;
  const down = (clientHeight - MARGIN_TOP - MARGIN) / bounds.height;
  const zoom = Math.max(0.02, Math.min(across, down, 1));
  return {
    x: clientWidth / 2 - (bounds.x + bounds.width / 2) * zoom,
    y: (clientHeight + MARGIN_TOP - MARGIN) / 2 - (bounds.y + bounds.height / 2) * zoom,
    zoom,
  };
}

function isInside(card: Card, { clientWidth, clientHeight }: HTMLElement, flow: ReactFlowInstance): boolean {
  const { x, y, zoom } = flow.getViewport();
  const [left, top] = [card.x * zoom + x, card.y * zoom + y];
  const height = Math.min(card.height * zoom, clientHeight / 2);
  return left >= 0 && top >= 0 && left + WIDTH * zoom <= clientWidth && top + height <= clientHeight;
}

function moving(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;
}
