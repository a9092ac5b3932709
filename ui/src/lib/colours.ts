import type { Background, Colour } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

/** Colours that one may choose, by name; what they look like stands in `styles/tokens.css`. */
export const colours: Record<Colour, () => string> = {
  red: m.colour_red,
  orange: m.colour_orange,
  yellow: m.colour_yellow,
  green: m.colour_green,
  teal: m.colour_teal,
  blue: m.colour_blue,
  purple: m.colour_purple,
  pink: m.colour_pink,
  gray: m.colour_gray,
};

/** What may be drawn behind a chat; how stands in `styles/chat.css`. */
export const backgrounds: Record<Background, () => string> = {
  paper: m.background_paper,
  dots: m.background_dots,
  lines: m.background_lines,
  grid: m.background_grid,
  waves: m.background_waves,
  dawn: m.background_dawn,
  dusk: m.background_dusk,
  forest: m.background_forest,
};
