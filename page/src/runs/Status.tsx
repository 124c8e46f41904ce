import { lookOf } from "../data/status.ts";
import { Icon } from "../format/Icon.tsx";

/** A status in words and colour. */
export function StatusPill({ status }: { readonly status: string }) {
  const look = lookOf(status);
  return (
    <span className={`pill tone-${look.tone}`}>
      <Icon name={look.icon} />
      {look.label}
    </span>
  );
}

/** A status as its icon alone, named for those who do not see it. */
export function StatusIcon({ status }: { readonly status: string }) {
  const look = lookOf(status);
  return (
    <span className={`mark tone-${look.tone}`} title={look.label}>
      <Icon name={look.icon} label={look.label} />
    </span>
  );
}
