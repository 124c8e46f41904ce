import type { ReactNode } from "react";

import type { GraphTable } from "../data/graph.ts";

const LINEAGE_FROM: ReadonlyMap<string, string> = new Map([
  ["sql", "SQL"],
  ["metadata+sql", "metadata and SQL"],
]);

/** What the table is: names, owners, tags. */
export function About({ table }: { readonly table: GraphTable }) {
  const tags = Object.entries(table.tags);
  return (
    <div className="about">
      {table.description && (
        <p className="about-text" dir="auto">
          {table.description}
        </p>
      )}
      <dl className="facts">
        <Fact name="Dataset">
          <code dir="auto">{table.id}</code>
          {!table.resolved && <span className="about-note"> (name as reported; its place is not known)</span>}
        </Fact>
        {table.asset_keys.length > 0 && (
          <Fact name={table.asset_keys.length === 1 ? "Asset" : "Assets"}>
            {table.asset_keys.map((key) => (
              <code key={key} dir="auto">
                {key}
              </code>
            ))}
          </Fact>
        )}
        {table.group !== null && <Fact name="Group">{table.group}</Fact>}
        {table.kinds.length > 0 && <Fact name="Kinds">{table.kinds.join(", ")}</Fact>}
        {table.owners.length > 0 && <Fact name="Owners">{table.owners.join(", ")}</Fact>}
        {tags.length > 0 && (
          <Fact name="Tags">
            {tags.map(([key, value]) => (
              <span key={key} className="tag" dir="auto">
                {value === "" ? key : `${key}: ${value}`}
              </span>
            ))}
          </Fact>
        )}
        {table.code_location !== null && <Fact name="Code location">{table.code_location}</Fact>}
        {table.columns_from !== "" && <Fact name="Lineage from">{LINEAGE_FROM.get(table.columns_from) ?? table.columns_from}</Fact>}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}
