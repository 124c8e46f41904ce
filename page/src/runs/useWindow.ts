import { type RefObject, useEffect, useState } from "react";

export interface Window {
  /** First line that is drawn. */
  readonly from: number;
  /** Line after the last that is drawn. */
  readonly to: number;
  /** Of the scrolled box, in pixels. */
  readonly width: number;
}

const MARGIN = 8;

/** Which lines of a long list are to be drawn: those in sight, and a few around them. */
export function useWindow(box: RefObject<HTMLElement | null>, count: number, height: number): Window {
  const [seen, setSeen] = useState({ top: 0, height: 600, width: 800 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = () => setSeen({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  const from = Math.max(0, Math.floor(seen.top / height) - MARGIN);
  const to = Math.min(count, Math.ceil((seen.top + seen.height) / height) + MARGIN);
  return { from, to, width: seen.width };
}
