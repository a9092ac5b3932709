import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { failure } from "$lib/ipc/fake/core";
import { notice, orSay } from "./notice.svelte";

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
  notice.hold();
  vi.advanceTimersByTime(20_000);
  expect(notice.text).toBe("one");
  notice.release();
  vi.advanceTimersByTime(4_000);
  notice.say("two");
  vi.advanceTimersByTime(4_000);
  expect(notice.text).toBe("two");
});
