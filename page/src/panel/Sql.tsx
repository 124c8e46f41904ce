import { useMemo, useState } from "react";

import { Icon } from "../format/Icon.tsx";
import { sqlTokens } from "./sqlTokens.ts";

/** Longer statements are shown without colours. */
const MOST_COLOURED = 60_000;

export function Sql({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState<"" | "copied" | "failed">("");
  const tokens = useMemo(() => (text.length > MOST_COLOURED ? [{ text, kind: "other" as const }] : sqlTokens(text)), [text]);
  const copy = () => {
    void copyText(text).then((done) => {
      setCopied(done ? "copied" : "failed");
      setTimeout(() => setCopied(""), 2000);
    });
  };
  return (
    <div className="sql">
      <button type="button" className="button" onClick={copy}>
        <Icon name={copied === "copied" ? "check" : "copy"} />
        <span role="status">{{ "": "Copy", copied: "Copied", failed: "Not allowed here" }[copied]}</span>
      </button>
      <pre tabIndex={0} aria-label="SQL">
        {tokens.map(({ text: piece, kind }, at) =>
          kind === "other" ? piece : (
            <span key={at} className={`sql-${kind}`}>
              {piece}
            </span>
          ),
        )}
      </pre>
    </div>
  );
}

/** Copies; also from a page in a file, where the clipboard may be closed to scripts. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
