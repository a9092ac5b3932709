import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { me } from "$lib/ipc/fake/conversation";
import { FakeCore } from "$lib/ipc/fake/core";
import Main from "./Main.svelte";
// Loaded here already, so that no test waits for it to be compiled.
import "../features/room-info/RoomPanel.svelte";
import "../features/search/SearchPane.svelte";
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
async function open(wide: boolean, narrow = false) {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: narrow ? true : !wide && query.includes("1079px"),
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

const keys = (key: string, shiftKey = false) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ctrlKey: true, shiftKey });

test("Ctrl+F searches the open room and Ctrl+Shift+F all; what is found is led to, with a way back", async () => {
  const app = await open(true);
  const jump = vi.spyOn(app, "jump");
  // What is on screen, which nothing measures here.
  if (app.timeline) app.timeline.here = { room: "r-sierra", seq: 90 };
  const composer = screen.getByTestId("composer");
  composer.focus();
  await keys("f");
  const field = await screen.findByTestId<HTMLInputElement>("search-field", {}, { timeout: 5_000 });
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(screen.getByTestId("search-scope").textContent).toContain("Sierra, Sunday");
  await fireEvent.input(field, { target: { value: "blue" } });
  await screen.findAllByTestId("search-hit");
  await keys("F", true);
  expect(screen.queryByTestId("search-scope")).toBeNull();
  expect(field.value).toBe("blue");
  await waitFor(() => expect(screen.getAllByTestId("search-hit").length).toBeGreaterThan(40));
  // Past that of the open room.
  await fireEvent.keyDown(field, { key: "PageDown" });
  await fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(app.opening).not.toBe("r-sierra"));
  expect(jump).toHaveBeenCalledTimes(1);
  expect(app.trail.map((place) => place.room)).toEqual(["r-sierra"]);
  expect(screen.getByTestId<HTMLInputElement>("search-field").value).toBe("blue");
  await app.back();
  expect(app.opening).toBe("r-sierra");
  expect(screen.getAllByTestId("search-hit").length).toBeGreaterThan(40);
});

test("Escape closes the search and returns to where one wrote; the room stays open", async () => {
  const app = await open(true);
  const composer = screen.getByTestId("composer");
  composer.focus();
  await keys("f", true);
  const field = await screen.findByTestId("search-field", {}, { timeout: 5_000 });
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(screen.getByTestId("room-list").parentElement?.inert).toBe(true);
  await escape();
  await waitFor(() => expect(screen.queryByTestId("search-pane")).toBeNull());
  expect(document.activeElement).toBe(composer);
  expect(screen.getByTestId("room-list").parentElement?.inert).toBe(false);
  expect(app.opening).toBe("r-sierra");
});

test("in a narrow window what is found makes way for where it leads, and is there again on the way back", async () => {
  const app = await open(false, true);
  await fireEvent.click(screen.getByTestId("search-room"));
  const field = await screen.findByTestId<HTMLInputElement>("search-field", {}, { timeout: 5_000 });
  const room = () => screen.getByTestId("room-title").closest("section");
  const isBehind = () => screen.getByTestId("search-pane").parentElement?.classList.contains("behind");
  expect(room()?.inert).toBe(true);
  await fireEvent.input(field, { target: { value: "blue" } });
  await fireEvent.click((await screen.findAllByTestId("search-hit"))[0] as HTMLElement);
  await waitFor(() => expect(isBehind()).toBe(true));
  expect(room()?.inert).toBe(false);
  app.close();
  await waitFor(() => expect(isBehind()).toBe(false));
  expect(field.value).toBe("blue");
  await waitFor(() => expect(document.activeElement).toBe(field));
});

test("what is found and cannot be opened stays in sight", async () => {
  const app = await open(false, true);
  vi.spyOn(app, "jump").mockResolvedValue(false);
  await keys("f");
  const field = await screen.findByTestId("search-field", {}, { timeout: 5_000 });
  await fireEvent.input(field, { target: { value: "blue" } });
  await fireEvent.click((await screen.findAllByTestId("search-hit"))[0] as HTMLElement);
  await waitFor(() => expect(app.jump).toHaveBeenCalled());
  await waitFor(() =>
    expect(screen.getByTestId("search-pane").parentElement?.classList.contains("behind")).toBe(false),
  );
});
