import type { ReactNode } from "react";

import { Icon } from "./Icon.tsx";
import { safeUrl } from "./url.ts";

interface Props {
  readonly url: string | null;
  readonly children: ReactNode;
}

/** A link to another site when the address is one of http or https; else the text alone. */
export function Link({ url, children }: Props) {
  const href = safeUrl(url);
  if (href === null) return <>{children}</>;
  return (
    <a className="link" href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <Icon name="external" />
    </a>
  );
}
