import { expect, test } from "vitest";
import { message } from "$lib/ipc/fake/conversation";
import type { TimelineItem } from "$lib/ipc/generated";
import { rows, type Context } from "./rows";

const context: Context = { now: new Date(2026, 10, 24, 12), locale: "en", firstUnread: null, hasOlder: false };
const ana = { id: "a", username: "ana", display_name: "Ana" };
const juan = { id: "j", username: "juan", display_name: "Juan" };
const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute);
const shape = (items: TimelineItem[], more: Partial<Context> = {}) =>
  rows(items, { ...context, ...more }).map((row) =>
    row.kind === "message" ? `${row.key}${row.head ? " head" : ""}${row.tail ? " tail" : ""}` : row.kind,
  );

test("messages of one sender within five minutes are one group", () => {
  const items = [
    message("1", ana, "a", at(24, 9, 0)),
    message("2", ana, "b", at(24, 9, 4)),
    message("3", juan, "c", at(24, 9, 4)),
    message("4", juan, "d", at(24, 9, 10)),
  ];
  expect(shape(items)).toEqual(["day", "1 head", "2 tail", "3 head tail", "4 head tail"]);
});

test("a new day and the unread line end a group", () => {
  const items = [
    message("1", ana, "a", at(23, 23, 59)),
    message("2", ana, "b", at(24, 0, 1)),
    message("3", ana, "c", at(24, 0, 2)),
  ];
  expect(shape(items, { firstUnread: "3" })).toEqual([
    "day",
    "1 head tail",
    "day",
    "2 head tail",
    "unread",
    "3 head tail",
  ]);
});

test("keys are unique even when a clock went back a day", () => {
  const items = [
    message("1", ana, "a", at(24, 0, 1)),
    message("2", juan, "b", at(23, 9, 0)),
    message("3", ana, "c", at(24, 0, 2)),
  ];
  const keys = rows(items, context).map((row) => row.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("older pages are announced above all, a gap stands in its place", () => {
  const items: TimelineItem[] = [
    message("1", ana, "a", at(24, 9, 0)),
    { kind: "gap", key: "g" },
    message("2", ana, "b", at(24, 9, 1)),
  ];
  expect(shape(items, { hasOlder: true })).toEqual(["older", "day", "1 head tail", "gap", "2 head tail"]);
});
