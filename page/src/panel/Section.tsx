import type { ReactNode } from "react";

import { Icon } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";

interface Props {
  readonly title: string;
  readonly count?: number;
  readonly note?: string | null;
  readonly open: boolean;
  readonly children: ReactNode;
}

/** A part of the panel that folds. One with a count of 0 says so and does not unfold. */
export function Section({ title, count, note, open, children }: Props) {
  if (count === 0) {
    return (
      <p className="section is-empty">
        {title}
        <span className="section-count">none</span>
      </p>
    );
  }
  return (
    <details className="section" open={open}>
      <summary>
        <Icon name="chevron" />
        <h3>{title}</h3>
        {count !== undefined && <span className="section-count">{whole(count)}</span>}
        {note && <span className="section-count">{note}</span>}
      </summary>
      {children}
    </details>
  );
}
