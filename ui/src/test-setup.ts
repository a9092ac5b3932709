import { cleanup } from "@testing-library/svelte";
import { afterEach } from "vitest";
import { locale } from "$lib/texts.svelte";

// Once loaded, a language is chosen at once.
await locale.choose("es");
await locale.choose("en");

// jsdom has no layout; what is tested here does not need one.
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= Observer as unknown as typeof ResizeObserver;

afterEach(async () => {
  cleanup();
  await locale.choose("en");
});
