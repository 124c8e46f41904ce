import { useEffect, useReducer } from "react";

import { Icon } from "../format/Icon.tsx";
import { moment } from "../format/time.ts";
import { useLive } from "./LiveContext.tsx";
import type { Connection } from "./LiveFollower.ts";

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: "connecting",
  live: "live",
  polling: "live",
  lost: "disconnected, trying again",
};

/** Whether the page is as the server has it, and since when. Changes of state are announced, the seconds are not. */
export function Indicator() {
  const live = useLive();
  if (live === null) return null;
  const { connection, updatedAt, trouble, restarted } = live.state;
  if (restarted) {
    return (
      <button type="button" className="live live-outdated button" onClick={() => location.reload()}>
        <Icon name="retry" />
        The server was restarted: load again
      </button>
    );
  }
  const at = new Date(updatedAt);
  const bad = trouble !== null && connection !== "lost";
  return (
    <p className="live" data-connection={bad ? "trouble" : connection} title={trouble ?? `Updated ${moment(at)}`}>
      <span role="status">{bad ? `out of date: ${trouble}` : WORDS[connection]}</span>
      <time dateTime={at.toISOString()} className="live-updated">
        {" · updated "}
        <Seconds since={updatedAt} />
      </time>
    </p>
  );
}

function Seconds({ since }: { readonly since: number }) {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0);
  const age = Math.max(0, Math.floor((Date.now() - since) / 1000));
  useEffect(() => {
    const timer = setTimeout(tick, age < 60 ? 1000 : 20_000);
    return () => clearTimeout(timer);
  });
  if (age < 1) return "just now";
  if (age < 60) return `${age} s ago`;
  if (age < 3600) return `${Math.floor(age / 60)} min ago`;
  return `${Math.floor(age / 3600)} h ago`;
}
