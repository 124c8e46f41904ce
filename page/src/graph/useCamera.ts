import { useReactFlow, type Viewport } from "@xyflow/react";
import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef } from "react";

import { type Card, WIDTH } from "./card.ts";
import { boundsOf, type Rect, type Scene } from "./scene.ts";

const MARGIN = 24;
/** The tools lie over the top of the graph. */
const MARGIN_TOP = 58;
/** The zoom buttons lie over its left. */
const MARGIN_LEFT = 60;
/** What one can read. */
const READABLE = 0.6;
const JUMP_TO = 0.9;

export interface Camera {
  /** Shows all cards, at once or by moving there. */
  readonly fit: (how: "at once" | "moving") => void;
  /** Whether all cards fit into the window and can be read. */
  readonly isWholeReadable: () => boolean;
  /** Brings a table into view; `readable` also comes closer when it is too small to read. */
  readonly reveal: (table: number, readable: boolean) => void;
  readonly viewport: () => Viewport;
  /** Shows what was seen before, at once. */
  readonly restore: (viewport: Viewport) => void;
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
  const fit = useCallback(
    (how: "at once" | "moving") => {
      const bounds = boundsOf(latest.current.cards.values());
      const duration = how === "moving" ? moving() : 0;
      if (bounds && frame.current) void flow.setViewport(fitting(bounds, frame.current), { duration });
    },
    [flow, frame],
  );
  const isWholeReadable = useCallback(() => {
    const bounds = boundsOf(latest.current.cards.values());
    return bounds !== null && frame.current !== null && fitting(bounds, frame.current).zoom >= READABLE;
  }, [frame]);
  const reveal = useCallback(
    (table: number, readable: boolean) => {
      const card = latest.current.cards.get(table);
      if (!card || !frame.current) return;
      const now = flow.getViewport();
      const next = readable && now.zoom < READABLE ? centred(card, JUMP_TO, frame.current) : nearby(card, now, frame.current);
      if (next !== now) void flow.setViewport(next, { duration: moving() });
    },
    [flow, frame],
  );
  const middle = useCallback(() => {
    const { x, y, zoom } = flow.getViewport();
    const { clientWidth = 0, clientHeight = 0 } = frame.current ?? {};
    return { x: (clientWidth / 2 - x) / zoom, y: (clientHeight / 2 - y) / zoom };
  }, [flow, frame]);
  return useMemo(() => {
    const restore = (viewport: Viewport) => void flow.setViewport(viewport);
    return { fit, isWholeReadable, reveal, middle, restore, viewport: flow.getViewport };
  }, [fit, isWholeReadable, reveal, middle, flow]);
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

function fitting(bounds: Rect, { clientWidth, clientHeight }: HTMLElement): Viewport {
  const across = (clientWidth - MARGIN_LEFT - MARGIN) / bounds.width;
  const down = (clientHeight - MARGIN_TOP - MARGIN) / bounds.height;
  const zoom = Math.max(0.02, Math.min(across, down, 1));
  return {
    x: (clientWidth + MARGIN_LEFT - MARGIN) / 2 - (bounds.x + bounds.width / 2) * zoom,
    y: (clientHeight + MARGIN_TOP - MARGIN) / 2 - (bounds.y + bounds.height / 2) * zoom,
    zoom,
  };
}

function centred(card: Card, zoom: number, { clientWidth, clientHeight }: HTMLElement): Viewport {
  const height = Math.min(card.height, clientHeight / zoom);
  return {
    x: clientWidth / 2 - (card.x + WIDTH / 2) * zoom,
    y: clientHeight / 2 - (card.y + height / 2) * zoom,
    zoom,
  };
}

/** The same viewport when the card is in it, else moved as little as shows it. */
function nearby(card: Card, now: Viewport, { clientWidth, clientHeight }: HTMLElement): Viewport {
  const height = Math.min(card.height * now.zoom, clientHeight / 2);
  const right = missing(card.x * now.zoom + now.x, WIDTH * now.zoom, MARGIN, clientWidth - MARGIN);
  const down = missing(card.y * now.zoom + now.y, height, MARGIN_TOP, clientHeight - MARGIN);
  return right === 0 && down === 0 ? now : { ...now, x: now.x + right, y: now.y + down };
}

/** How far something has to go to stand between two bounds. */
function missing(start: number, length: number, from: number, to: number): number {
  if (start < from) return from - start;
  return Math.min(0, Math.max(to - (start + length), from - start));
}

function moving(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;
}
