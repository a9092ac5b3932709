// The window's page with a core that it plays itself, in a real browser.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContextOptions, type Page } from "playwright-core";
import { preview } from "vite";

export const browserPath = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
].find((path) => path && existsSync(path));

export interface Shown {
  page: Page;
  /** What was reported to the console. */
  said: string[];
}

export interface Site {
  /** Opens the window with a query, as it is after its first paint. */
  show: (query: string, options: BrowserContextOptions, before?: (page: Page) => Promise<unknown>) => Promise<Shown>;
  close: () => Promise<void>;
}

/** Builds the page and serves it. */
export async function open(): Promise<Site> {
  const dist = mkdtempSync(join(tmpdir(), "recado-screens-"));
  const vite = join(import.meta.dirname, "../node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--mode", "fake", "--outDir", dist, "--emptyOutDir"], {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, NODE_ENV: "production", VITEST: "" },
    stdio: "pipe",
  });
  const root = join(import.meta.dirname, "..");
  const server = { build: { outDir: dist }, preview: { port: 0, host: "127.0.0.1" } };
  const site = await preview({ root, ...server, logLevel: "error" });
  const address = site.resolvedUrls?.local[0] ?? "";
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
  return {
    async show(query, options, before) {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      const page = await context.newPage();
      const said: string[] = [];
      page.on("pageerror", (error) => said.push(error.message));
      page.on("console", (line) => ["error", "warning"].includes(line.type()) && said.push(line.text()));
      // Browsers ask for one by themselves; a window has none.
      await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
      await before?.(page);
      await page.goto(`${address}?fake&${query}`);
      await page.waitForSelector("[data-painted]", { state: "attached" });
      return { page, said };
    },
    async close() {
      await browser.close();
      await site.close();
      rmSync(dist, { recursive: true, force: true });
    },
  };
}
