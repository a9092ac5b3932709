import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { failure } from "$lib/ipc/fake/core";
import { notice, offerUndo, orSay, UNDO_MS } from "./notice.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  notice.dismiss();
  vi.useRealTimers();
});

test("what is refused is said with its reason, and goes by itself", async () => {
  expect(await orSay(Promise.reject(failure("storage")), () => "Not done.")).toBe(false);
  expect(notice.text).toBe("Not done. The disk did not take it. Is it full?");
  vi.advanceTimersByTime(5_900);
  expect(notice.text).not.toBeNull();
  vi.advanceTimersByTime(200);
  expect(notice.text).toBeNull();
});

test("what is done says nothing", async () => {
  expect(await orSay(Promise.resolve(), () => "Not done.")).toBe(true);
  expect(notice.text).toBeNull();
});

test("it stays while it is looked at, and a newer one has its own time", () => {
  notice.say("one");
  const [one] = notice.standing;
  if (one) notice.hold(one);
  vi.advanceTimersByTime(20_000);
  expect(notice.text).toBe("one");
  if (one) notice.release(one);
  vi.advanceTimersByTime(4_000);
  notice.say("two");
  expect(notice.standing.map(({ text }) => text)).toEqual(["two"]);
  vi.advanceTimersByTime(4_000);
  expect(notice.text).toBe("two");
});

test("what can be taken back stands its whole time, whatever is said or done meanwhile", async () => {
  const undone: string[] = [];
  const undo = (what: string) => async () => void undone.push(what);
  const texts = () => notice.standing.map(({ text }) => text);
  offerUndo("first deleted", undo("first"));
  vi.advanceTimersByTime(2_000);
  offerUndo("second deleted", undo("second"));
  notice.say("Copied.");
  notice.say("Pinned.");
  expect(texts()).toEqual(["Pinned.", "second deleted", "first deleted"]);
  vi.advanceTimersByTime(UNDO_MS - 2_000 - 1);
  expect(texts()).toContain("first deleted");
  await notice.standing.find(({ text }) => text === "first deleted")?.undo?.();
  expect(undone).toEqual(["first"]);
  expect(texts()).toEqual(["Pinned.", "second deleted"]);
  vi.advanceTimersByTime(2_000);
  expect(texts()).toContain("second deleted");
  vi.advanceTimersByTime(2);
  expect(texts()).toEqual(["Pinned."]);
});
