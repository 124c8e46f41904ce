import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export type Theme = "light" | "dark";

interface Theming {
  readonly theme: Theme;
  readonly toggle: () => void;
}

const ThemeContext = createContext<Theming | null>(null);
const DARK = "(prefers-color-scheme: dark)";

/** Follows the system until somebody chooses; the choice is for this visit. */
export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const [system, setSystem] = useState<Theme>(() => (matchMedia(DARK).matches ? "dark" : "light"));
  const [chosen, setChosen] = useState<Theme | null>(null);
  const theme = chosen ?? system;

  useEffect(() => {
    const media = matchMedia(DARK);
    const follow = () => setSystem(media.matches ? "dark" : "light");
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);

  const theming = useMemo(() => {
    const toggle = () => setChosen(theme === "dark" ? "light" : "dark");
    return { theme, toggle };
  }, [theme]);
  return <ThemeContext value={theming}>{children}</ThemeContext>;
}

export function useTheme(): Theming {
  const theming = useContext(ThemeContext);
  if (theming === null) throw new Error("useTheme stands outside of ThemeProvider");
  return theming;
}
