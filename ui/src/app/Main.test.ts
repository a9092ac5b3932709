import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { me } from "$lib/ipc/fake/conversation";
import { FakeCore } from "$lib/ipc/fake/core";
import Main from "./Main.svelte";
// Loaded here already, so that no test waits for it to be compiled.
import "../features/room-info/RoomPanel.svelte";
import { App } from "./model.svelte";

vi.mock("virtua/svelte", async () => {
  const { default: Virtualizer } = await import("$lib/testing/Virtualizer.svelte");
  return { Virtualizer, VList: Virtualizer };
});

// The whole window is drawn, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
});

/** In a window that is wide, or not. */
async function open(wide: boolean) {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: !wide && query.includes("1079px"),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  const app = new App(new FakeCore(new URLSearchParams("room=1")));
  await app.start();
  const session = { state: "signed_in", me, server: "https://recado.example.org", is_admin: false } as const;
  render(Main, { app, session });
  return app;
}
const escape = () => fireEvent.keyDown(document.activeElement ?? document.body, { key: "Escape" });

test("Escape closes what is on top: a menu, then the details, then the room", async () => {
  const app = await open(true);
  await fireEvent.click(screen.getByTestId("room-info"));
  const panel = await screen.findByTestId("room-panel", {}, { timeout: 5_000 });
  expect(document.activeElement).toBe(panel);
  const row = (await screen.findAllByTestId("participant"))[1] as HTMLElement;
  row.focus();
  await fireEvent.keyDown(row, { key: "Enter" });
  await screen.findByTestId("person-menu");
  await escape();
  await waitFor(() => expect(screen.queryByTestId("person-menu")).toBeNull());
  expect(screen.getByTestId("room-panel")).toBeTruthy();
  panel.focus();
  await escape();
  await waitFor(() => expect(screen.queryByTestId("room-panel")).toBeNull());
  expect(document.activeElement).toBe(screen.getByTestId("room-info"));
  expect(app.opening).toBe("r-sierra");
  await escape();
  expect(app.opening).toBeNull();
});

test("beside the room the details go along to the next one; over it they make way", async () => {
  for (const wide of [true, false]) {
    const app = await open(wide);
    await fireEvent.click(screen.getAllByTestId("room-title").at(-1)?.querySelector("button") as HTMLElement);
    await screen.findByTestId("room-panel", {}, { timeout: 5_000 });
    expect(screen.getByTestId("timeline").closest("section")?.inert ?? false).toBe(!wide);
    await app.open("r-harbour");
    if (wide) await waitFor(() => expect(screen.getByTestId("info-title").textContent).toBe("Harbour office"));
    else await waitFor(() => expect(screen.queryByTestId("room-panel")).toBeNull());
    cleanup();
  }
});
