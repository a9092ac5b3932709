import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { roomList } from "$lib/ipc/fake/conversation";
import type { RoomItem } from "$lib/ipc/generated";
import RoomRow from "./RoomRow.svelte";

const now = new Date(2026, 10, 24, 12);
const plain = roomList(now)[3];

function show(more: Partial<RoomItem> = {}, selected = false) {
  const onopen = vi.fn();
  if (!plain) throw new Error("the list is empty");
  render(RoomRow, { room: { ...plain, ...more }, selected, now, tabindex: 0, onopen });
  return { onopen, row: screen.getByTestId("room-item") };
}

test("it says who said what, and opens", async () => {
  const { row, onopen } = show();
  expect(row.textContent).toMatch(/Harbour office.*You:\s*The crates are at gate four\./su);
  await fireEvent.click(row);
  expect(onopen).toHaveBeenCalledOnce();
});

test("unread messages and mentions are counted, for the eye and for the ear", () => {
  show({ unread: 1_000, mentions: 2 });
  expect(screen.getByTestId("badge").textContent).toMatch(/999\+.*1,?000 unread messages/su);
  expect(screen.getByTestId("mention-badge").textContent).toContain("2 mentions");
});

test("where one wants quiet, messages and mentions are counted all the same, and quietly", () => {
  show({ unread: 3, mentions: 1, muted: true, notifications: "none" });
  expect(screen.getByTestId("badge").classList.contains("quiet")).toBe(true);
  expect(screen.getByTestId("mention-badge").textContent).toContain("1 mention");
});

test("a read room has no badge", () => {
  show();
  expect([screen.queryByTestId("badge"), screen.queryByTestId("mention-badge")]).toEqual([null, null]);
});

test("a draft stands for the last message, except in the room one is in", () => {
  expect(show({ draft: "I was thinking" }).row.textContent).toMatch(/Draft:\s*I was thinking/u);
  cleanup();
  expect(show({ draft: "I was thinking" }, true).row.textContent).not.toContain("Draft:");
});

test("typing comes before a draft", () => {
  const { row } = show({ draft: "I was thinking", typing: ["Juan"] });
  expect(row.textContent).toContain("typing…");
  expect(row.textContent).not.toContain("Draft:");
});
