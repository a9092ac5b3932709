// Opens every screen in a real browser, played by the page itself: no rule of accessibility broken, nothing reported to
// the console (the policy of the shell holds here too), nothing wider than the window. And once more in a language whose words
// are longer than ours: everything can be read to its end, and nothing lies over anything else.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type Axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layoutFaults } from "./layout";
import { screens } from "./list";
import { settled } from "./settled";
import { browserPath, open, type Site } from "./site";

/** Where pictures of all screens go, for who wants to look at them. */
const pictures = process.env["SCREENS_PICTURES"];

const rules: Axe.RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "label-content-name-mismatch": { enabled: true } },
  // What is in order need not be described.
  reporter: "no-passes",
};

const fileOf = (name: string) => name.replaceAll(/\W+/gu, "-");

// The inner loop does without; the whole check does not.
describe.skipIf(!browserPath && process.env["SCREENS"] !== "required")("every screen", () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  let site: Site;

  beforeAll(async () => {
    site = await open();
    if (pictures) mkdirSync(pictures, { recursive: true });
  }, 120_000);
  afterAll(() => site?.close());

  const looks = [
    { look: "wide, light", width: 1100, height: 760, colorScheme: "light", lang: "en" },
    { look: "narrow, dark, in Spanish", width: 360, height: 640, colorScheme: "dark", lang: "es" },
  ] as const;

  describe.each(looks)("$look", ({ width, height, colorScheme, lang }) => {
    test.concurrent.each(screens)(
      "%s",
      (name, query, act) =>
        site.show(`${query}&lang=${lang}`, { width, height, colorScheme }, async ({ page, said }) => {
          await act?.(page);
          await settled(page);
          if (pictures) await page.screenshot({ path: join(pictures, `${fileOf(name)}-${width}.png`) });
          await page.evaluate(axe);
          const violations = await page.evaluate(async (rules) => {
            const { run } = (window as unknown as { axe: typeof Axe }).axe;
            return (await run(rules)).violations;
          }, rules);
          const broken = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(" ")}`);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect({ broken, said, wider: Math.max(0, wider) }).toEqual({ broken: [], said: [], wider: 0 });
        }),
      60_000,
    );
  });

  describe("with long words", () => {
    test.concurrent.each(screens)(
      "%s",
      (name, query, act) =>
        site.show(`${query}&lang=en`, { width: 1_240, height: 720, isLong: true }, async ({ page }) => {
          await act?.(page);
          const faults: string[] = [];
          for (const width of [1_240, 720, 360]) {
            await page.setViewportSize({ width, height: 720 });
            await settled(page);
            if (pictures) await page.screenshot({ path: join(pictures, `${fileOf(name)}-long-${width}.png`) });
            faults.push(...(await page.evaluate(layoutFaults)).map((fault) => `${width} px: ${fault}`));
          }
          expect(faults).toEqual([]);
        }),
      60_000,
    );
  });
});
