import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Runs under `default-src 'self'`: nothing may be inlined as a data: address, and nothing may be evaluated.
const policy = "default-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'";

interface Graph {
  getModuleInfo: (id: string) => { isEntry: boolean; importers: readonly string[] } | null;
}

/** Whether the page imports a module at once, not only when it is asked for. */
function isInitial(id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const module = graph.getModuleInfo(id);
  return module !== null && (module.isEntry || module.importers.some((importer) => isInitial(importer, graph, seen)));
}

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // Only `vite dev`, tests and `--mode fake` have the core that is played by the page itself.
  define: { __FAKE__: JSON.stringify(mode !== "production") },
  resolve: {
    alias: { $lib: fileURLToPath(new URL("./src/lib", import.meta.url)) },
    ...(mode === "test" ? { conditions: ["browser"] } : {}),
  },
  build: {
    target: "es2024",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The names of all emoji in one language, loaded when they are first needed.
    chunkSizeWarningLimit: 700,
    // What the first paint needs is one file, whatever of it the dialogs that come later share.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: (id, graph) => (isInitial(id, graph) ? "app" : null) }] } },
    },
  },
  preview: { headers: { "Content-Security-Policy": policy } },
  test: {
    maxConcurrency: 4,
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          environment: "jsdom",
          include: ["src/**/*.test.ts"],
          setupFiles: ["./src/test-setup.ts"],
        },
      },
      { extends: true, test: { name: "screens", environment: "node", include: ["screens/*.test.ts"] } },
    ],
  },
}));
