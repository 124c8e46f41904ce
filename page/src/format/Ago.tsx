import { ago, moment, parseTime } from "./time.ts";
import { useNow } from "./useNow.ts";

interface Props {
  readonly at: string | null;
  readonly prefix?: string;
}

/** How long ago; the moment itself on hovering. Nothing for what is not known. */
export function Ago({ at, prefix }: Props) {
  const now = useNow();
  const time = parseTime(at);
  if (time === null || at === null) return null;
  return (
    <time dateTime={at} title={moment(time)}>
      {prefix ? `${prefix} ` : ""}
      {ago(time, now)}
    </time>
  );
}
