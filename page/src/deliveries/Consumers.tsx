import { useGraph } from "../data/GraphContext.tsx";
import type { GraphConsumer } from "../data/graph.ts";
import type { Look } from "../data/status.ts";
import { Ago } from "../format/Ago.tsx";
import { Icon } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";
import { type Health, healthOf, share } from "./lag.ts";

const LOOKS: Readonly<Record<Health, Look>> = {
  well: { label: "up to date", icon: "check", tone: "success" },
  behind: { label: "behind", icon: "clock", tone: "running" },
  retrying: { label: "behind", icon: "retry", tone: "warning" },
  open: { label: "breaker open", icon: "warn", tone: "failure" },
  probing: { label: "breaker half open", icon: "retry", tone: "warning" },
  dead: { label: "dead letters", icon: "cross", tone: "failure" },
};

/** How far each consumer is. */
export function Consumers({ consumers }: { readonly consumers: readonly GraphConsumer[] }) {
  const { graph } = useGraph();
  return (
    <div className="table-box" role="region" aria-label="Consumers" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Consumer</th>
            <th scope="col">State</th>
            <th scope="col" className="right">Position of {whole(graph.head)}</th>
            <th scope="col" className="right">Delivered</th>
            <th scope="col" className="right">Pending</th>
            <th scope="col" className="right">Failed calls</th>
            <th scope="col" className="right">Dead</th>
            <th scope="col">Last delivery</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          {consumers.map((consumer) => (
            <Consumer key={consumer.name} consumer={consumer} head={graph.head} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Consumer({ consumer, head }: { readonly consumer: GraphConsumer; readonly head: number }) {
  const look = LOOKS[healthOf(consumer)];
  return (
    <tr data-consumer={consumer.name}>
      <th scope="row" dir="auto">{consumer.name}</th>
      <td>
        <span className={`pill tone-${look.tone}`}>
          <Icon name={look.icon} />
          {look.label}
        </span>
      </td>
      <td className="right">
        {whole(consumer.position)}
        <span className="share" aria-hidden="true">
          <span style={{ width: `${share(consumer, head) * 100}%` }} />
        </span>
      </td>
      <td className="right">{whole(consumer.delivered)}</td>
      <td className="right">
        {whole(consumer.pending)}
        {consumer.oldest_pending_at !== null && (
          <span className="table-note">
            oldest <Ago at={consumer.oldest_pending_at} />
          </span>
        )}
      </td>
      <td className="right">{whole(consumer.failed)}</td>
      <td className={consumer.dead > 0 ? "right tone-failure" : "right"}>{whole(consumer.dead)}</td>
      <td>{consumer.last_delivered_at === null ? "never" : <Ago at={consumer.last_delivered_at} />}</td>
      <td className="table-error" dir="auto" title={consumer.last_error ?? undefined}>
        {consumer.last_error ?? "-"}
      </td>
    </tr>
  );
}
