import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

// Text stands on what people choose, which axe cannot see through: counted from the tokens themselves.
const css = readFileSync(join(import.meta.dirname, "../src/styles/tokens.css"), "utf8");
const dark = css.indexOf("@media (prefers-color-scheme: dark)");
const end = css.indexOf("@media (max-resolution");

type Rgb = [number, number, number];
function tokens(part: string): Record<string, string> {
  return Object.fromEntries(
    [...part.matchAll(/--([\w-]+):\s*([^;]+);/gu)].map(([, name = "", value = ""]) => [name, value]),
  );
}
const light = tokens(css.slice(0, dark));
const themes = { light, dark: { ...light, ...tokens(css.slice(dark, end)) } };

function rgb(theme: Record<string, string>, name: string): Rgb {
  const value = theme[name] ?? "";
  const named = /^var\(--([\w-]+)\)$/u.exec(value)?.[1];
  if (named) return rgb(theme, named);
  const hex = /^#(..)(..)(..)$/u.exec(value);
  if (!hex) throw new Error(`${name} is no colour: ${value}`);
  return hex.slice(1).map((part) => parseInt(part, 16)) as Rgb;
}
const mix = (a: Rgb, share: number, b: Rgb) => a.map((one, at) => one * share + (b[at] ?? 0) * (1 - share)) as Rgb;
function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((part) => {
    const s = part / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

const names = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "gray"];
const people = Array.from({ length: 8 }, (_, at) => `person-${at}`);

test.each(Object.entries(themes))("text can be read on every chosen bubble and background, %s", (_, theme) => {
  const poor: string[] = [];
  const look = (what: string, ground: Rgb, texts: string[], least: number) => {
    for (const text of texts)
      if (contrast(rgb(theme, text), ground) < least)
        poor.push(`${text} on ${what}: ${contrast(rgb(theme, text), ground).toFixed(2)}`);
  };
  const surface = rgb(theme, "surface");
  for (const name of names) {
    const bubble = mix(rgb(theme, `colour-${name}`), 0.13, rgb(theme, "surface-raised"));
    look(`a ${name} bubble`, bubble, ["text"], 7);
    look(`a ${name} bubble`, bubble, ["text-muted", "accent", ...people], 4.5);
    look(`${name} air`, mix(rgb(theme, `colour-${name}`), 0.08, surface), ["text-faint", "mention", ...people], 4.5);
  }
  look("a mark", mix(rgb(theme, "line"), 0.45, surface), ["text-faint", "accent", "mention", ...people], 4.5);
  look("paper", rgb(theme, "surface-sunken"), ["text-faint", "accent", "mention", ...people], 4.5);
  expect(poor).toEqual([]);
});
