import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { me, people, roomList } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import SquarePen from "@lucide/svelte/icons/square-pen";
import Switcher from "./Switcher.svelte";
import { forgetUsed, use, used } from "./used";

beforeEach(forgetUsed);

function show(more: { without?: string } = {}) {
  const core = new FakeCore();
  const run = vi.fn();
  const onopen = vi.fn();
  const onclose = vi.fn();
  const onlink = vi.fn();
  render(Switcher, {
    rooms: roomList(new Date()).filter((room) => room.id !== more.without),
    current: "r-luz",
    people: [],
    me: me.id,
    acts: [{ key: "act:new-chat", title: "New chat", icon: SquarePen, run }],
    actions: core,
    onlink,
    onopen,
    onclose,
  });
  const field = screen.getByTestId<HTMLInputElement>("switcher-search");
  return {
    core,
    run,
    onlink,
    onopen,
    onclose,
    field,
    ask: (value: string) => fireEvent.input(field, { target: { value } }),
  };
}
const keys = () => screen.queryAllByTestId("switcher-entry").map((entry) => entry.dataset["key"]);
const press = (field: HTMLElement, key: string) => fireEvent.keyDown(field, { key });

test("asked for nothing, it offers where one was last, not where one is, and what can be done", () => {
  use("room:r-noor");
  use("room:r-luz");
  show();
  expect(keys().slice(0, 2)).toEqual(["room:r-noor", "room:r-sierra"]);
  expect(keys()).not.toContain("room:r-luz");
  expect(keys().at(-1)).toBe("act:new-chat");
});

test("what fits best comes first, of what fits alike what was used last; accents do not matter", async () => {
  use("room:r-7");
  const { ask } = show();
  await ask("shift");
  expect(keys()[0]).toBe("room:r-7");
  await ask("sierra");
  expect(keys()[0]).toBe("room:r-sierra");
  await ask("hèrrera");
  expect(keys()[0]).toBe("room:r-luz");
  expect(screen.getAllByTestId("switcher-entry")[0]?.querySelector("mark")?.textContent).toBe("Herrera");
});

test("the arrows go round, the field keeps the focus and says which one it is at, Enter goes there", async () => {
  const { ask, field, onopen } = show();
  await ask("harbour");
  await press(field, "ArrowUp");
  await press(field, "ArrowDown");
  const active = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
  expect(active()?.dataset["key"]).toBe("room:r-harbour");
  expect(active()?.getAttribute("aria-selected")).toBe("true");
  await press(field, "Enter");
  expect(onopen).toHaveBeenCalledExactlyOnceWith("r-harbour");
  expect(used()[0]).toBe("room:r-harbour");
});

test("a person without a chat gets one, and a refusal is said", async () => {
  const { ask, field, core, onopen } = show({ without: "r-marta" });
  const create = vi.spyOn(core, "createRoom").mockRejectedValueOnce(failure("offline"));
  await ask("villanueva");
  await waitFor(() => expect(keys()).toEqual([`person:${people.marta.id}`]));
  await press(field, "Enter");
  expect((await screen.findByRole("alert")).textContent).toContain("connection");
  await press(field, "Enter");
  expect(create).toHaveBeenLastCalledWith(null, "private", [people.marta.id]);
  await waitFor(() => expect(onopen).toHaveBeenCalledOnce());
});

test("without an answer about people, what the window holds is found", async () => {
  const { ask, core, field, run, onclose } = show();
  vi.spyOn(core, "searchPeople").mockRejectedValue(failure("offline"));
  await ask("new ch");
  expect(keys()).toEqual(["act:new-chat"]);
  await press(field, "Enter");
  await waitFor(() => expect(run).toHaveBeenCalledOnce());
  expect(onclose).toHaveBeenCalled();
});

test("nothing found is said", async () => {
  const { ask } = show();
  await ask("qqqq");
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Nothing by that name."));
});

test("a pasted invite link is the one thing to do", async () => {
  const { ask, field, onlink, onclose } = show();
  const invite = { server: "https://recado.example.org", code: "3f9c" };
  await ask(`recado://join/${btoa(JSON.stringify(invite)).replaceAll("=", "")}`);
  expect(keys()).toEqual(["act:join"]);
  await press(field, "Enter");
  await waitFor(() => expect(onlink).toHaveBeenCalledExactlyOnceWith(invite));
  expect(onclose).toHaveBeenCalledOnce();
});
