import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { me, people } from "$lib/ipc/fake/conversation";
import { FakeCore } from "$lib/ipc/fake/core";
import type { RoomId, SearchHit } from "$lib/ipc/generated";
import { locale } from "$lib/texts.svelte";
import SearchPane from "./SearchPane.svelte";

async function open({ state = "", room = null as RoomId | null, offline = false } = {}) {
  const core = new FakeCore(new URLSearchParams({ state }));
  const { rooms } = await core.start(() => undefined);
  const calls = { onroom: vi.fn(), onpick: vi.fn(), onclose: vi.fn() };
  const known = { rooms, me, people: [people.luz, people.juan] };
  const props = { ...known, room, called: 1, offline, now: new Date(), actions: core, ...calls };
  const { rerender } = render(SearchPane, props);
  const field = screen.getByTestId<HTMLInputElement>("search-field");
  const type = (value: string) => fireEvent.input(field, { target: { value } });
  const press = (key: string) => fireEvent.keyDown(field, { key });
  return { core, field, type, press, rerender, ...calls };
}
const hits = () => screen.findAllByTestId("search-hit");
const chosen = () =>
  screen.getAllByTestId("search-hit").findIndex((row) => row.getAttribute("aria-selected") === "true");

test("the field has the focus; what is found is marked, counted and read aloud", async () => {
  const { field, type } = await open();
  expect(document.activeElement).toBe(field);
  await type('"blue pot"');
  const [first] = await hits();
  expect([...(first?.querySelectorAll("mark") ?? [])].map((mark) => mark.textContent)).toEqual(["blue pot"]);
  expect(first?.textContent).toContain("And the key is under the blue pot, as always.");
  const count = screen.getByTestId("search-count").textContent;
  expect(count).toMatch(/^The latest 50 messages$/);
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain(count), { timeout: 2_000 });
});

test("the arrows go through what was found and stop at its ends; Enter and a click lead there", async () => {
  const { field, type, press, onpick } = await open({ room: "r-sierra" });
  await type("sunday");
  const rows = await hits();
  expect(chosen()).toBe(0);
  await press("ArrowUp");
  expect(chosen()).toBe(0);
  await press("ArrowDown");
  await press("ArrowDown");
  expect(chosen()).toBe(2);
  expect(field.getAttribute("aria-activedescendant")).toBe(rows[2]?.id);
  await press("Enter");
  expect((onpick.mock.calls[0]?.[0] as SearchHit).message).toBe(rows[2]?.dataset["message"]);
  await press("PageDown");
  await press("PageDown");
  await press("PageDown");
  expect(chosen()).toBe(rows.length - 1);
  await fireEvent.click(rows[1] as HTMLElement);
  expect((onpick.mock.calls[1]?.[0] as SearchHit).message).toBe(rows[1]?.dataset["message"]);
  expect(chosen()).toBe(1);
});

test("Escape closes it, from wherever in it one is, but not while letters are composed", async () => {
  const { field, onclose } = await open();
  await fireEvent.keyDown(field, { key: "Escape", isComposing: true });
  expect(onclose).not.toHaveBeenCalled();
  await fireEvent.keyDown(screen.getAllByTestId("search-filter")[0] as HTMLElement, { key: "Escape" });
  expect(onclose).toHaveBeenCalledTimes(1);
});

test("filters are taught where there is nothing, and their values behind them", async () => {
  const { field, type } = await open();
  await type("boat");
  await hits();
  await type("");
  await fireEvent.click(document.querySelector("[data-filter=has]") as HTMLElement);
  expect(field.value).toBe("has:");
  expect(screen.getByTestId("search-help").textContent).toContain("has:");
  expect(field.getAttribute("aria-invalid")).toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(field));
  await fireEvent.click(screen.getAllByTestId("search-value").at(-1) as HTMLElement);
  expect(field.value).toBe("has:link");
  expect((await hits()).length).toBeGreaterThan(0);
  await type("zebra");
  expect((await screen.findByTestId("search-none", {}, { timeout: 2_000 })).textContent).toBe("No message fits.");
  expect(screen.getAllByTestId("search-filter")).toHaveLength(8);
});

test("a filter that cannot be read is told at the field, with what it takes", async () => {
  const { field, type } = await open();
  await type("boat has:sound");
  const error = await screen.findByTestId("field-error", {}, { timeout: 3_000 });
  expect(error.textContent?.trim()).toBe("has: takes one of these:");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(field.getAttribute("aria-describedby")).toBe(error.id);
  await fireEvent.click(screen.getAllByTestId("search-value").at(-1) as HTMLElement);
  expect(field.value).toBe("boat has:link");
  expect(screen.queryByTestId("field-error")).toBeNull();
  expect(field.getAttribute("aria-invalid")).toBeNull();
});

test("without a connection it says that only what is here is searched, in the language one has", async () => {
  const { core, type, rerender } = await open({ state: "offline", offline: true });
  const server = vi.spyOn(core, "searchServer");
  await type("the");
  expect((await screen.findByTestId("search-offline")).textContent).toContain(
    "Only what is on this device is searched.",
  );
  await locale.choose("es");
  await waitFor(() => expect(screen.getByTestId("search-offline").textContent).toContain("en este dispositivo"));
  expect(screen.getByTestId("search-count").textContent).toBe("Los últimos 50 mensajes");
  expect(server).not.toHaveBeenCalled();
  await rerender({ offline: false });
  await waitFor(() => expect(server).toHaveBeenCalledWith("the", null, null));
});

test("where all is here, nobody is told that something might be missing", async () => {
  const { type } = await open({ state: "all-held", offline: true });
  await type("the");
  await hits();
  expect(screen.queryByTestId("search-offline")).toBeNull();
});

test("a slow server is a quiet line, while what is here can be gone to", async () => {
  const { type, press, onpick } = await open({ state: "slow-search" });
  await type("the");
  await hits();
  expect(screen.getByTestId("search-asking")).toBeTruthy();
  await press("Enter");
  expect(onpick).toHaveBeenCalledTimes(1);
});

test("what failed says why and can be tried again", async () => {
  const { core, type } = await open({ state: "broken-search" });
  await type("the");
  const retry = await screen.findByTestId("retry-search");
  vi.spyOn(core, "searchMessages").mockResolvedValue({ hits: [], next: null, is_complete: true, is_offline: false });
  await fireEvent.click(retry);
  expect(await screen.findByTestId("search-none")).toBeTruthy();
});

test("one room is searched alone until one asks for all, with what was written", async () => {
  const { core, field, type, rerender, onroom } = await open({ room: "r-sierra" });
  const asked = vi.spyOn(core, "searchMessages");
  await type("boat");
  await hits();
  expect(asked).toHaveBeenLastCalledWith("boat", "r-sierra", null);
  expect(document.querySelector("[data-filter=in]")).toBeNull();
  expect(screen.getByTestId("search-scope").textContent).toContain("Sierra, Sunday");
  await fireEvent.click(screen.getByTestId("search-everywhere"));
  expect(onroom).toHaveBeenCalledWith(null);
  await rerender({ room: null });
  await waitFor(() => expect(asked).toHaveBeenLastCalledWith("boat", null, null));
  expect(field.value).toBe("boat");
});

test("who wrote is told where the chat's name does not", async () => {
  const { core, type } = await open();
  const all = (await core.searchMessages("boat", null, null)).hits;
  const hit = (message: string, room: RoomId, is_own: boolean): SearchHit => ({
    ...(all[0] as SearchHit),
    ...{ message, room, is_own, sender: people.luz, snippet: "", highlights: [], message_type: "image" },
  });
  const direct = (await core.start(() => undefined)).rooms.find((room) => room.chat_type === "private")?.id ?? "";
  vi.spyOn(core, "searchMessages").mockResolvedValue({
    hits: [hit("1", direct, false), hit("2", direct, true), hit("3", "r-sierra", false)],
    next: null,
    is_complete: true,
    is_offline: false,
  });
  await type("has:image");
  const said = (await hits()).map((row) => row.querySelector(".snippet")?.textContent?.trim());
  expect(said).toEqual(["Photo", "You: Photo", "Luz Herrera: Photo"]);
});

const suggestions = () => screen.findAllByTestId("suggestion", {}, { timeout: 10_000 });
const offered = async () => (await suggestions()).map((option) => option.dataset["key"]);
const gone = () => waitFor(() => expect(screen.queryByTestId("suggestion")).toBeNull());

test("a person is found by some letters whatever their accents, and named by keyboard alone", async () => {
  const { core, field, type, press } = await open();
  const asked = vi.spyOn(core, "searchMessages");
  await type("from:hèrr");
  expect(await offered()).toEqual([people.luz.id]);
  expect(field.getAttribute("aria-controls")).toBe(screen.getByTestId("completion").id);
  const option = document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
  expect([option?.dataset["key"], option?.getAttribute("aria-selected")]).toEqual([people.luz.id, "true"]);
  await press("Enter");
  expect(field.value).toBe("from:luz ");
  await gone();
  await waitFor(() => expect(asked).toHaveBeenLastCalledWith("from:luz ", null, null));
  expect(field.getAttribute("aria-controls")).not.toBe("completion");
});

test("those whom only the server knows are offered too, and oneself is me", async () => {
  const { field, type, press } = await open();
  await type("from:");
  expect(await offered()).toEqual([me.id, people.luz.id, people.juan.id]);
  await type("from:vill");
  await waitFor(async () => expect(await offered()).toEqual([people.marta.id]), { timeout: 3_000 });
  await type("from:ruiz");
  await waitFor(async () => expect(await offered()).toEqual([me.id]));
  await press("Tab");
  expect(field.value).toBe("from:me ");
});

test("a chat is named in quotation marks where it needs them, and a click does it too", async () => {
  const { field, type } = await open();
  await type("boat in:sier");
  expect(await offered()).toEqual(["r-sierra"]);
  await fireEvent.click((await suggestions())[0] as HTMLElement);
  expect(field.value).toBe('boat in:"Sierra, Sunday" ');
  const found = await hits();
  expect(found.every((hit) => hit.textContent?.includes("Sierra, Sunday"))).toBe(true);
});

test("Escape lets the names be, and then closes; what is written out is looked for", async () => {
  const { field, type, press, onclose, onpick } = await open();
  await type("from:lu");
  await suggestions();
  await press("Escape");
  await gone();
  expect(onclose).not.toHaveBeenCalled();
  await press("Escape");
  expect(onclose).toHaveBeenCalledTimes(1);
  await type("from:luz");
  await hits();
  await press("Enter");
  expect([field.value, onpick.mock.calls.length]).toEqual(["from:luz", 1]);
});

test("in one room no other is offered", async () => {
  const { type } = await open({ room: "r-sierra" });
  await type("in:sier");
  await type("in:sier from:lu");
  expect(await offered()).toEqual([people.luz.id]);
});
