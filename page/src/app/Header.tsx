import { useGraph } from "../data/GraphContext.tsx";
import { Ago } from "../format/Ago.tsx";
import { Icon } from "../format/Icon.tsx";
import { Indicator } from "../live/Indicator.tsx";
import { SearchBox } from "../search/SearchBox.tsx";
import { Tabs } from "./Tabs.tsx";
import { useTheme } from "./ThemeContext.tsx";

/** The bar at the top: whose graph it is, the views, and what holds for all of them. */
export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { graph, live } = useGraph();
  const { theme, toggle } = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <header className="header">
      <h1 className="header-title">
        <Icon name="lineage" />
        <span dir="auto" title={graph.title}>{graph.title || "Lineage"}</span>
      </h1>
      <Tabs />
      <SearchBox />
      <div className="header-made">{live ? <Indicator /> : <Ago at={graph.made_at} prefix="as of" />}</div>
      <button type="button" className="button-icon" onClick={toggle} aria-label={`Use ${other} colours`} title={`Use ${other} colours`}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
      <button type="button" className="button-icon" onClick={onHelp} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">
        <Icon name="keyboard" />
      </button>
    </header>
  );
}
