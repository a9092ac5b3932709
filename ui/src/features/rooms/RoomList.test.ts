import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { roomList } from "$lib/ipc/fake/conversation";
import type { RoomItem } from "$lib/ipc/generated";
import RoomList from "./RoomList.svelte";

// jsdom has no layout, so a list that draws what is in sight would draw nothing.
vi.mock("virtua/svelte", async () => ({ VList: (await import("$lib/testing/Virtualizer.svelte")).default }));

const now = new Date(2026, 10, 24, 12);
const few = (...archived: number[]) =>
  roomList(now)
    .slice(0, 3)
    .map((room, at) => ({ ...room, archived: archived.includes(at) }));

function show(rooms: RoomItem[]) {
  const calls = { onopen: vi.fn(), onnew: vi.fn(), onread: vi.fn(), onmine: vi.fn(), onleave: vi.fn() };
  return { ...render(RoomList, { rooms, selected: null, now, ...calls }), ...calls };
}
const rows = () => screen.queryAllByTestId("room-item").map((row) => row.dataset["room"]);

test("archived rooms are out of sight, counted, and looked at apart", async () => {
  show(few(1));
  expect(rows()).toEqual(["r-luz", "r-juan"]);
  expect(screen.getByTestId("archive-open").textContent).toContain("1 archived chat");
  await fireEvent.click(screen.getByTestId("archive-open"));
  expect(rows()).toEqual(["r-sierra"]);
  expect(document.activeElement).toBe(screen.getByTestId("archive-back"));
  await fireEvent.click(screen.getByTestId("archive-back"));
  expect(rows()).toEqual(["r-luz", "r-juan"]);
  expect(document.activeElement).toBe(screen.getByTestId("archive-open"));
});

test("when the last one comes back, so does the list", async () => {
  const { rerender } = show(few(1));
  await fireEvent.click(screen.getByTestId("archive-open"));
  await rerender({ rooms: few() });
  expect(rows()).toEqual(["r-luz", "r-sierra", "r-juan"]);
  expect(screen.queryByTestId("archive-open")).toBeNull();
});

test("where all are archived the list says so, and does not claim that there are none", () => {
  show(few(0, 1, 2));
  expect(screen.getByText("All your chats are archived.")).toBeTruthy();
  expect(screen.getByTestId("archive-open")).toBeTruthy();
});
