import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { me, roomList } from "$lib/ipc/fake/conversation";
import { FakeCore } from "$lib/ipc/fake/core";
import { notice } from "$lib/notice.svelte";
import RoomPanel from "./RoomPanel.svelte";

const now = new Date();

beforeEach(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
  notice.dismiss();
});

async function show(at: number, { state = "", offline = false } = {}) {
  const core = new FakeCore(new URLSearchParams({ state }));
  const room = roomList(now)[at];
  if (!room) throw new Error("the list is shorter");
  const calls = {
    onmine: vi.fn().mockResolvedValue(true),
    onopen: vi.fn(),
    onleave: vi.fn(),
    onclose: vi.fn(),
  };
  render(RoomPanel, { room, me: me.id, now, offline, actions: core, ...calls });
  if (!state.includes("info")) await screen.findByTestId("info-title");
  return { core, ...calls, called: (name: string) => core.calls.filter((call) => call[0] === name) };
}

const names = () => screen.getAllByTestId("participant").map((row) => row.dataset["username"]);
async function menuOf(username: string) {
  const row = screen.getAllByTestId("participant").find((one) => one.dataset["username"] === username);
  row?.focus();
  await fireEvent.keyDown(row as HTMLElement, { key: "Enter" });
  return screen.findByTestId("person-menu");
}

test("a group tells its topic, what it is, and its people by role, each with their presence in words", async () => {
  await show(1);
  expect(screen.getByTestId("info-topic").textContent).toBe("Sunday at seven, by the fountain");
  expect(screen.getByTestId("info-description").textContent).toContain("https://example.org/maps");
  expect(names().slice(0, 2)).toEqual(["ana", "marta"]);
  const rows = screen.getAllByTestId("participant");
  expect(rows[0]?.textContent).toMatch(/Ana Ruiz \(you\).*Online.*Owner/su);
  expect(rows.find((row) => row.dataset["username"] === "marta")?.textContent).toContain("Do not disturb");
});

test("of a member only what members may is offered", async () => {
  await show(1, { state: "member" });
  for (const id of ["edit-room", "add-people", "invites", "bans"]) expect(screen.queryByTestId(id)).toBeNull();
  expect(screen.getByTestId("info-leave")).toBeTruthy();
  const menu = await menuOf("juan");
  expect(
    within(menu)
      .getAllByRole("menuitem")
      .map((item) => item.dataset["testid"]),
  ).toEqual(["person-profile", "person-write"]);
});

test("a role is changed at once, a removal asks first and names who goes", async () => {
  const { called } = await show(1);
  await fireEvent.click(within(await menuOf("juan")).getByTestId("person-make-admin"));
  await waitFor(() => expect(called("setRole")).toEqual([["setRole", "r-sierra", "u-juan", "admin"]]));
  await fireEvent.click(within(await menuOf("marta")).getByTestId("person-remove"));
  expect((await screen.findByRole("heading", { level: 2, name: /Remove .*Marta/u })).textContent).toContain("?");
  expect(called("removeParticipant")).toEqual([]);
  await fireEvent.click(screen.getByTestId("confirm-yes"));
  await waitFor(() => expect(names()).not.toContain("marta"));
});

test("what is refused is said where it was asked for, and nothing changes", async () => {
  await show(1, { state: "refused" });
  await fireEvent.click(within(await menuOf("juan")).getByTestId("person-ban"));
  await fireEvent.click(await screen.findByTestId("confirm-yes"));
  expect((await screen.findByRole("alert")).textContent).toContain("not allowed");
  expect(names()).toContain("juan");
});

test("of many people ten are shown, the rest are asked for or found by name", async () => {
  await show(6);
  expect(names().length).toBe(10);
  await fireEvent.input(screen.getByTestId("people-filter"), { target: { value: "crew30" } });
  expect(names()).toEqual(["crew30"]);
  await fireEvent.input(screen.getByTestId("people-filter"), { target: { value: "nobody" } });
  expect(screen.queryAllByTestId("participant")).toEqual([]);
  expect(screen.getByText("Nobody here has that name.")).toBeTruthy();
  await fireEvent.input(screen.getByTestId("people-filter"), { target: { value: "" } });
  await fireEvent.click(screen.getByTestId("show-all"));
  expect(names().length).toBe(35);
});

test("only what changed is saved, and what the server does not take is said at its field", async () => {
  const { called } = await show(1);
  await fireEvent.click(screen.getByTestId("edit-room"));
  const name = await screen.findByTestId("edit-name");
  await fireEvent.input(name, { target: { value: " " } });
  await fireEvent.click(screen.getByTestId("save-room"));
  expect(screen.getByTestId("field-error").textContent).toBe("This is needed.");
  await fireEvent.input(name, { target: { value: "taken" } });
  await fireEvent.click(screen.getByTestId("save-room"));
  await waitFor(() => expect(screen.getByTestId("field-error").textContent).toContain("did not accept"));
  await fireEvent.input(name, { target: { value: "Sierra, Monday" } });
  await fireEvent.input(screen.getByTestId("edit-topic"), { target: { value: "" } });
  await fireEvent.click(screen.getByTestId("save-room"));
  await waitFor(() => expect(screen.queryByTestId("edit-name")).toBeNull());
  expect(called("setRoom").at(-1)).toEqual(["setRoom", "r-sierra", { name: "Sierra, Monday", topic: null }]);
});

test("people are added one by one, and one who is refused stays chosen", async () => {
  const { core, called } = await show(1);
  await fireEvent.click(screen.getByTestId("add-people"));
  await waitFor(() => expect(screen.getAllByTestId("person-result").length).toBe(1));
  await fireEvent.click(screen.getByTestId("person-result"));
  vi.spyOn(core, "addParticipant").mockRejectedValueOnce({ code: "forbidden" });
  await fireEvent.click(screen.getByTestId("confirm-add"));
  expect((await screen.findByRole("alert")).textContent).toMatch(/نور.*not added/su);
  expect(screen.getByTestId("chip").dataset["username"]).toBe("noor");
  await fireEvent.click(screen.getByTestId("confirm-add"));
  await waitFor(() => expect(names()).toContain("noor"));
  expect(called("addParticipant")).toEqual([["addParticipant", "r-sierra", "u-noor"]]);
});

test("a link is made with its limits and revoked after a question", async () => {
  const { called } = await show(1);
  await fireEvent.click(screen.getByTestId("invites"));
  expect(await screen.findByText("There is no link yet.")).toBeTruthy();
  await fireEvent.change(screen.getByTestId("invite-expires"), { target: { value: "3600" } });
  await fireEvent.change(screen.getByTestId("invite-uses"), { target: { value: "5" } });
  await fireEvent.click(screen.getByTestId("create-invite"));
  expect((await screen.findByTestId("invite")).textContent).toMatch(/Until.*Used 0 of 5 times/su);
  expect(called("createRoomInvite")[0]?.[2]).toEqual({ expires_in_s: 3600, max_uses: 5 });
  await fireEvent.click(screen.getByTestId("revoke-invite"));
  await fireEvent.click(await screen.findByTestId("confirm-yes"));
  await waitFor(() => expect(screen.queryByTestId("invite")).toBeNull());
});

test("a ban is lifted", async () => {
  const { called } = await show(1);
  await fireEvent.click(within(await menuOf("juan")).getByTestId("person-ban"));
  await fireEvent.click(await screen.findByTestId("confirm-yes"));
  await waitFor(() => expect(names()).not.toContain("juan"));
  await fireEvent.click(screen.getByTestId("bans"));
  await fireEvent.click(await screen.findByTestId("lift-ban"));
  expect(await screen.findByText("Nobody is banned here.")).toBeTruthy();
  expect(called("unban")).toEqual([["unban", "r-sierra", "u-juan"]]);
});

test("of a person it tells what they say of themselves, and blocks them after a question", async () => {
  const { called } = await show(0);
  expect(screen.getByTestId("person-facts").textContent).toMatch(/On the water\s*until/u);
  expect(screen.getByTestId("fact-time").getAttribute("title")).toBe("Asia/Tokyo");
  await fireEvent.click(screen.getByTestId("block"));
  await fireEvent.click(await screen.findByTestId("confirm-yes"));
  await fireEvent.click(await screen.findByTestId("unblock"));
  await screen.findByTestId("block");
  expect([called("block"), called("unblock")]).toEqual([[["block", "u-luz"]], [["unblock", "u-luz"]]]);
});

test("one's own settings are saved as they are chosen", async () => {
  const { onmine } = await show(0);
  await fireEvent.click(screen.getByTestId("my-room"));
  await fireEvent.click(screen.getByTestId("my-favourite"));
  await fireEvent.change(screen.getByTestId("my-notifications"), { target: { value: "mentions" } });
  await fireEvent.change(screen.getByTestId("my-mute"), { target: { value: "hour" } });
  await fireEvent.click(within(screen.getByTestId("my-bubble")).getByTestId("swatch-purple"));
  await fireEvent.click(within(screen.getByTestId("my-background")).getByTestId("swatch-dots"));
  await fireEvent.input(screen.getByTestId("my-nickname"), { target: { value: " Lucha " } });
  await fireEvent.click(screen.getByTestId("save-nickname"));
  expect(onmine.mock.calls.map(([patch]) => patch)).toEqual([
    { favourite: true },
    { notifications: "mentions" },
    { muted_until: expect.stringMatching(/Z$/u) },
    { bubble_colour: "purple" },
    { background: "dots" },
    { nickname: "Lucha" },
  ]);
});

test("offline one can look and change one's own, not what others see", async () => {
  await show(1, { offline: true });
  expect(screen.getByTestId("info-offline")).toBeTruthy();
  for (const id of ["edit-room", "add-people"]) expect(screen.getByTestId<HTMLButtonElement>(id).disabled).toBe(true);
  expect(screen.getByTestId<HTMLButtonElement>("info-archive").disabled).toBe(false);
});

test("what cannot be loaded says why, and can be tried again", async () => {
  const { core } = await show(1, { state: "broken-info" });
  expect((await screen.findByText(/could not be loaded/u)).textContent).toContain("disk");
  vi.spyOn(core, "roomInfo").mockResolvedValueOnce(await new FakeCore().roomInfo("r-sierra"));
  await fireEvent.click(screen.getByTestId("retry-info"));
  expect(await screen.findByTestId("info-title")).toBeTruthy();
});
