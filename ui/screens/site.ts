// The window's page with a core that it plays itself, in a real browser.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContextOptions, type Page } from "playwright-core";
import { preview } from "vite";
import { speakLong } from "./pseudo";
import { countTimers, watchLoading } from "./settled";

export const browserPath = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
].find((path) => path && existsSync(path));

export interface Look {
  width: number;
  height: number;
  colorScheme?: "light" | "dark";
  /** In the language with long words instead of English. */
  isLong?: boolean;
}

export interface Shown {
  page: Page;
  /** What was reported to the console. */
  said: string[];
}

export interface Site {
  /** Opens the window with a query, as it is after its first paint, and closes it when `use` is done with it. */
  show: <Found>(query: string, look: Look, use: (shown: Shown) => Promise<Found>) => Promise<Found>;
  close: () => Promise<void>;
}

const root = join(import.meta.dirname, "..");

/** Serves a folder; answers its address and how that ends. */
async function serve(outDir: string): Promise<{ address: string; close: () => Promise<void> }> {
  const site = await preview({
    root,
    build: { outDir },
    // It stays as it is while it is served: nothing of it is to be asked for, or compiled, anew for every screen.
    preview: { port: 0, host: "127.0.0.1", headers: { "Cache-Control": "max-age=86400" } },
    logLevel: "error",
  });
  return { address: site.resolvedUrls?.local[0] ?? "", close: () => site.close() };
}

/** Builds the page and serves it. */
export async function open(options: BrowserContextOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "recado-screens-"));
  const [plain, long] = [join(folder, "plain"), join(folder, "long")];
  const vite = join(root, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--mode", "fake", "--outDir", plain, "--emptyOutDir"], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production", VITEST: "" },
    stdio: "pipe",
  });
  // Browsers ask for an icon by themselves; a window has none.
  for (const empty of ["favicon.ico", "blank.html"]) writeFileSync(join(plain, empty), "");
  cpSync(plain, long, { recursive: true });
  speakLong(long);
  const sites = { plain: await serve(plain), long: await serve(long) };
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });

  // A window is dear to open, and what it has compiled once it knows: the next screen takes one that is free.
  const free: Shown[] = [];
  const another = async (): Promise<Shown> => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    await context.addInitScript(countTimers);
    const page = await context.newPage();
    const said: string[] = [];
    page.on("pageerror", (error) => said.push(error.message));
    page.on("console", (line) => ["error", "warning"].includes(line.type()) && said.push(line.text()));
    watchLoading(page);
    return { page, said };
  };
  return {
    async show(query, { width, height, colorScheme = "light", isLong = false }, use) {
      const shown = free.pop() ?? (await another());
      const { page, said } = shown;
      const { address } = isLong ? sites.long : sites.plain;
      said.length = 0;
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${address}?fake&${query}`);
      await page.waitForSelector("[data-painted]", { state: "attached" });
      const found = await use(shown);
      // Nothing of it is left for the next one. Where something failed, nobody takes the window again.
      await page.goto(`${address}blank.html`);
      await page.evaluate(() => localStorage.clear());
      await page.mouse.move(-1, -1);
      free.push(shown);
      return found;
    },
    async close() {
      await browser.close();
      await Promise.all(Object.values(sites).map((site) => site.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
