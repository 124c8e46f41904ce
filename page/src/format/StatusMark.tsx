import type { Look } from "../data/status.ts";
import { Icon } from "./Icon.tsx";

/** A status as a coloured mark, named for those who cannot see it. */
export function StatusMark({ look }: { readonly look: Look }) {
  return (
    <span className={`status tone-${look.tone}`} title={look.label}>
      <Icon name={look.icon} label={look.label} />
    </span>
  );
}
