import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { roomList } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import type { RoomItem } from "$lib/ipc/generated";
import LeaveRoom from "./LeaveRoom.svelte";
import RoomMenu from "./RoomMenu.svelte";
import RoomRow from "./RoomRow.svelte";

const now = new Date(2026, 10, 24, 12);
const room = (at: number, more: Partial<RoomItem> = {}): RoomItem => {
  const found = roomList(now)[at];
  if (!found) throw new Error("the list is shorter");
  return { ...found, ...more };
};

beforeEach(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
});

function menu(of: RoomItem) {
  const calls = { onread: vi.fn(), onmine: vi.fn(), onleave: vi.fn(), onclose: vi.fn() };
  render(RoomMenu, { props: { room: of, anchor: document.body, now, ...calls } });
  return calls;
}

test("it offers what makes sense for the room", async () => {
  menu(room(1));
  expect(screen.getByTestId("menu-read").textContent).toContain("Mark as read");
  expect(screen.getByTestId("menu-favourite").textContent).toContain("Add to favourites");
  expect(screen.getByTestId("menu-leave").textContent).toContain("Leave");
});

test("a read direct chat is hidden, not left; a favourite stops being one; a mute ends", async () => {
  const until = new Date(2026, 10, 24, 18).toISOString();
  const { onmine } = menu(room(4, { favourite: true, muted: true, muted_until: until }));
  expect(screen.queryByTestId("menu-read")).toBeNull();
  expect(screen.getByTestId("menu-leave").textContent).toContain("Hide");
  expect(screen.getByTestId("menu-unmute").textContent).toMatch(/Unmute.*Muted until 18:00/su);
  await fireEvent.click(screen.getByTestId("menu-unmute"));
  expect(onmine).toHaveBeenCalledExactlyOnceWith({ muted_until: null });
});

test("notifications are chosen by keyboard in a menu of their own", async () => {
  const { onmine } = menu(room(1));
  const trigger = screen.getByTestId("menu-notifications");
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: "ArrowRight" });
  const mentions = await screen.findByTestId("notify-mentions");
  expect(screen.getByTestId("notify-all").getAttribute("aria-checked")).toBe("true");
  await fireEvent.click(mentions);
  expect(onmine).toHaveBeenCalledExactlyOnceWith({ notifications: "mentions" });
});

test("a mute has an end", async () => {
  const { onmine } = menu(room(1));
  const trigger = screen.getByTestId("menu-mute");
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: "ArrowRight" });
  await fireEvent.click(await screen.findByTestId("mute-hours"));
  const until = new Date(onmine.mock.calls[0]?.[0].muted_until).getTime();
  expect(Math.round((until - Date.now()) / 60_000)).toBe(480);
});

test("a row asks for its menu by right click, by keyboard, and by a finger that stays", async () => {
  const onmenu = vi.fn();
  const onopen = vi.fn();
  render(RoomRow, { room: room(1), selected: false, now, tabindex: 0, onopen, onmenu });
  const row = screen.getByTestId("room-item");
  await fireEvent.contextMenu(row, { clientX: 5, clientY: 5 });
  await fireEvent.keyDown(row, { key: "F10", shiftKey: true });
  await fireEvent.keyDown(row, { key: "ContextMenu" });
  expect(onmenu).toHaveBeenCalledTimes(3);
  expect(onmenu).toHaveBeenLastCalledWith(row);
  vi.useFakeTimers();
  row.dispatchEvent(Object.assign(new Event("pointerdown", { bubbles: true }), { pointerType: "touch" }));
  vi.advanceTimersByTime(600);
  vi.useRealTimers();
  expect(onmenu).toHaveBeenCalledTimes(4);
  await fireEvent.click(row);
  expect(onopen).not.toHaveBeenCalled();
});

test("leaving names the room, and a refusal is said there", async () => {
  const leave = vi.fn().mockRejectedValueOnce(failure("offline")).mockResolvedValueOnce(undefined);
  const onclose = vi.fn();
  render(LeaveRoom, { room: room(1), offline: true, actions: new FakeCore(), leave, onclose });
  expect(screen.getByRole("heading").textContent).toMatch(/Leave .*Sierra, Sunday.*\?/u);
  await fireEvent.click(screen.getByTestId("confirm-leave"));
  expect((await screen.findByRole("alert")).textContent).toContain("connection");
  expect(onclose).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId("confirm-leave"));
  await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
});

test("an owner may say whose the room is then, before leaving it", async () => {
  const core = new FakeCore();
  const order: string[] = [];
  const leave = vi.fn(async () => order.push("leave"));
  vi.spyOn(core, "transferRoom").mockImplementation(async (...args) => void order.push(args.join(" ")));
  render(LeaveRoom, { room: room(1), offline: false, actions: core, leave, onclose: vi.fn() });
  await fireEvent.change(await screen.findByTestId("leave-heir"), { target: { value: "u-luz" } });
  await fireEvent.click(screen.getByTestId("confirm-leave"));
  await waitFor(() => expect(order).toEqual(["r-sierra u-luz", "leave"]));
});

test("who owns nothing, or leaves it to others, is not asked", async () => {
  const leave = vi.fn().mockResolvedValue(undefined);
  const actions = new FakeCore(new URLSearchParams("state=member"));
  const asked = vi.spyOn(actions, "roomInfo");
  render(LeaveRoom, { room: room(1), offline: false, actions, leave, onclose: vi.fn() });
  await waitFor(() => expect(asked).toHaveResolved());
  expect(screen.queryByTestId("leave-heir")).toBeNull();
});

test("a room is put into the archive and taken out of it", async () => {
  const { onmine } = menu(room(1));
  await fireEvent.click(screen.getByTestId("menu-archive"));
  expect(onmine).toHaveBeenCalledExactlyOnceWith({ archived: true });
  cleanup();
  const out = menu(room(1, { archived: true }));
  await fireEvent.click(screen.getByTestId("menu-archive"));
  expect(out.onmine).toHaveBeenCalledExactlyOnceWith({ archived: false });
});
