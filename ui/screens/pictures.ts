// Pictures of the window for the documentation, from a core that the page plays itself.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { at } from "./list";
import { settled } from "./settled";
import { open } from "./site";

const folder = join(import.meta.dirname, "../../docs/screenshots");
/** A page of documentation is not to wait for its pictures. */
const MOST_BYTES = 120_000;

interface Picture {
  query: string;
  width?: number;
  height?: number;
  dark?: boolean;
  act?: (page: Page) => Promise<unknown>;
}

const pictures: Record<string, Picture> = {
  conversation: { query: "room=0&state=story" },
  search: {
    query: "room=0&state=story",
    act: async (page) => {
      await page.keyboard.press("Control+Shift+F");
      await page.fill(at("search-field"), "sunday");
      await page.waitForSelector(at("search-hit"));
    },
  },
  details: {
    query: "room=0&state=story",
    width: 1_090,
    height: 520,
    act: async (page) => {
      await page.click(at("room-info"));
      await page.waitForSelector(at("info-title"));
    },
  },
  person: {
    query: "room=0&state=story",
    act: async (page) => {
      await page.locator(at("sender")).last().click();
      await page.waitForSelector(at("card-name"));
    },
  },
  mention: {
    query: "room=0&state=story",
    act: async (page) => {
      await page.click(at("composer"));
      await page.keyboard.type("The tent is at Luz's, @");
      await page.waitForSelector(at("suggestion"));
    },
  },
  reactions: {
    query: "room=0&state=story",
    act: async (page) => {
      await page.hover(`${at("message")}[data-key=m10]`);
      await page.click(at("action-react"));
      await page.waitForSelector(at("quick-reaction"));
    },
  },
  formatting: { query: "room=0&state=story,markup" },
  dark: { query: "room=1&state=story", dark: true },
  narrow: { query: "room=0&state=story", width: 360, height: 640 },
  spanish: {
    query: "room=0&state=story&lang=es",
    act: async (page) => {
      await page.click(at("account-menu"));
      await page.waitForSelector(at("sign-out"));
    },
  },
};

/** Writes all of them. */
export async function write(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const site = await open({ timezoneId: "Europe/Madrid" });
  try {
    for (const [name, { query, width = 940, height = 600, dark = false, act }] of Object.entries(pictures)) {
      const lang = query.includes("lang=") ? "" : "&lang=en";
      const path = join(folder, `${name}.png`);
      await site.show(`${query}${lang}`, { width, height, colorScheme: dark ? "dark" : "light" }, async ({ page }) => {
        await act?.(page);
        await settled(page);
        await page.screenshot({ path });
      });
      const { size } = statSync(path);
      if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes`);
      console.log(`${path}: ${Math.round(size / 1_000)} kB`);
    }
  } finally {
    await site.close();
  }
}
