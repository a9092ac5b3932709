import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "$lib/ipc/generated";
import Banner from "./Banner.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function show(connection: Connection) {
  const actions = { retryNow: vi.fn(), setWorkOffline: vi.fn() };
  return { actions, ...render(Banner, { connection, actions }) };
}
const banner = () => screen.queryByTestId("banner");

test("it counts down to the next attempt, and the attempt can be brought forward", async () => {
  const { actions } = show({ state: "offline", attempt: 2, retry_in_ms: 3_000 });
  expect(banner()?.textContent).toContain("in 3\u00a0s");
  await vi.advanceTimersByTimeAsync(1_250);
  expect(banner()?.textContent).toContain("in 2\u00a0s");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(banner()?.textContent).toContain("reconnecting…");
  await fireEvent.click(screen.getByTestId("retry-now"));
  expect(actions.retryNow).toHaveBeenCalledOnce();
});

test("a new attempt counts anew", async () => {
  const { rerender } = show({ state: "offline", attempt: 1, retry_in_ms: 1_000 });
  await rerender({ connection: { state: "unreachable", retry_in_ms: 30_000 } });
  expect(banner()?.textContent).toContain("in 30\u00a0s");
});

test("working offline is ended from here", async () => {
  const { actions } = show({ state: "working_offline" });
  await fireEvent.click(screen.getByTestId("go-online"));
  expect(actions.setWorkOffline).toHaveBeenCalledExactlyOnceWith(false);
});

test("a connection that takes no time is not spoken of", async () => {
  const { rerender } = show({ state: "connecting" });
  await vi.advanceTimersByTimeAsync(1_400);
  expect(banner()).toBeNull();
  await vi.advanceTimersByTimeAsync(200);
  expect(banner()?.textContent).toContain("Connecting");
  await rerender({ connection: { state: "online" } });
  expect(banner()).toBeNull();
});

test("a loss is said once, without its seconds, and so is that it is over", async () => {
  const { rerender } = show({ state: "offline", attempt: 1, retry_in_ms: 3_000 });
  const said = () => screen.getByRole("status").textContent;
  expect(said()).toBe("Offline, reconnecting…");
  await vi.advanceTimersByTimeAsync(1_250);
  expect(said()).toBe("Offline, reconnecting…");
  await rerender({ connection: { state: "online" } });
  expect(said()).toBe("Connected again.");
});
