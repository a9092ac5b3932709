import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { me, roomList } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import NewChat from "./NewChat.svelte";

async function group() {
  const core = new FakeCore();
  const create = vi.spyOn(core, "createRoom");
  const onopen = vi.fn();
  render(NewChat, { actions: core, me: me.id, rooms: [], onlink: vi.fn(), onopen, onclose: vi.fn() });
  await fireEvent.click(await screen.findByTestId("new-group"));
  await person("luz");
  return { create, onopen, search: screen.getByTestId<HTMLInputElement>("people-search") };
}
const person = (name: string) =>
  waitFor(() => {
    const found = screen.getAllByTestId("person-result").find((row) => row.dataset["username"] === name);
    if (!found) throw new Error(`${name} is not in the list`);
    return found;
  });
const pick = async (name: string) => fireEvent.click(await person(name));
const chips = () => screen.queryAllByTestId("chip").map((chip) => chip.dataset["username"]);

test("chosen people stay in sight whatever is searched for", async () => {
  const { search } = await group();
  await pick("luz");
  await fireEvent.input(search, { target: { value: "juan" } });
  await waitFor(() => expect(screen.getAllByTestId("person-result").length).toBe(1));
  expect(chips()).toEqual(["luz"]);
  await pick("juan");
  expect(chips()).toEqual(["luz", "juan"]);
  expect(search.value).toBe("");
});

test("a chip goes by a click, by Backspace in an empty search, and by its row", async () => {
  const { search } = await group();
  for (const name of ["luz", "juan", "marta"]) await pick(name);
  await fireEvent.click(within(screen.getByRole("list")).getByRole("button", { name: "Remove Luz Herrera" }));
  expect(chips()).toEqual(["juan", "marta"]);
  await fireEvent.input(search, { target: { value: "x" } });
  await fireEvent.keyDown(search, { key: "Backspace" });
  expect(chips()).toEqual(["juan", "marta"]);
  await fireEvent.input(search, { target: { value: "" } });
  await fireEvent.keyDown(search, { key: "Backspace" });
  expect(chips()).toEqual(["juan"]);
  await pick("juan");
  expect(chips()).toEqual([]);
});

test("a group needs a name, then it is made of those who were chosen", async () => {
  const { create, onopen } = await group();
  await pick("luz");
  await pick("marta");
  await fireEvent.click(screen.getByTestId("create-room"));
  expect(screen.getByTestId("field-error")).toBeTruthy();
  expect(create).not.toHaveBeenCalled();
  await fireEvent.input(screen.getByTestId("room-name"), { target: { value: " Sierra " } });
  await fireEvent.click(screen.getByTestId("create-room"));
  expect(create).toHaveBeenCalledExactlyOnceWith("Sierra", "group", ["u-luz", "u-marta"]);
  await waitFor(() => expect(onopen).toHaveBeenCalledOnce());
});

test("a refusal is said in the dialog, and nothing chosen is lost", async () => {
  const { create, onopen } = await group();
  create.mockRejectedValueOnce(failure("offline"));
  await pick("luz");
  await fireEvent.input(screen.getByTestId("room-name"), { target: { value: "Sierra" } });
  await fireEvent.click(screen.getByTestId("create-room"));
  expect((await screen.findByRole("alert")).textContent).toContain("connection");
  expect(chips()).toEqual(["luz"]);
  expect(onopen).not.toHaveBeenCalled();
});

const invite = { server: "https://recado.example.org", code: "3f9c" };
const link = `recado://join/${btoa(JSON.stringify(invite)).replaceAll("=", "")}`;

function direct() {
  const core = new FakeCore();
  const onlink = vi.fn();
  const onopen = vi.fn();
  const rooms = roomList(new Date());
  render(NewChat, { actions: core, me: me.id, rooms, onlink, onopen, onclose: vi.fn() });
  return { core, onlink, onopen };
}

test("an invite link is taken where it is asked for, and what is none is refused at the field", async () => {
  const { onlink } = direct();
  await fireEvent.click(screen.getByTestId("use-link"));
  const field = await screen.findByTestId("invite-link");
  await fireEvent.input(field, { target: { value: "https://example.org" } });
  await fireEvent.click(screen.getByTestId("follow-link"));
  expect(screen.getByTestId("field-error").textContent).toContain("recado://join/");
  await fireEvent.input(field, { target: { value: link } });
  await fireEvent.click(screen.getByTestId("follow-link"));
  expect(onlink).toHaveBeenCalledExactlyOnceWith(invite);
});

test("an invite link that is pasted into the search is known for what it is", async () => {
  const { onlink } = direct();
  await fireEvent.input(screen.getByTestId("people-search"), { target: { value: link } });
  await fireEvent.click(await screen.findByTestId("pasted-link"));
  expect(onlink).toHaveBeenCalledExactlyOnceWith(invite);
});

test("communities are found by name, and one that one is in is opened, not joined", async () => {
  const { core, onopen } = direct();
  const join = vi.spyOn(core, "joinRoom");
  await fireEvent.click(screen.getByTestId("join-community"));
  const search = await screen.findByTestId("people-search");
  await waitFor(() => expect(screen.getAllByTestId("directory-result").length).toBe(2));
  await fireEvent.input(search, { target: { value: "nothing" } });
  expect(await screen.findByText("No community has that name.")).toBeTruthy();
  await fireEvent.input(search, { target: { value: "every" } });
  const found = await screen.findByTestId("directory-result");
  expect(found.textContent).toContain("Open");
  await fireEvent.click(found);
  await waitFor(() => expect(onopen).toHaveBeenCalledExactlyOnceWith("r-all"));
  expect(join).not.toHaveBeenCalled();
});
