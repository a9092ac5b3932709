import { expect, test } from "vitest";
import { message, people } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import { OLDER, Timeline } from "./timeline.svelte";

const gap = "gap:1";
const open = (core: FakeCore) =>
  new Timeline(core, {
    room: "r",
    subscription: 1,
    items: [message("m1", people.luz, "a", new Date()), { kind: "gap", key: gap }],
    has_older: true,
    first_unread: null,
    target: null,
    draft: "",
    participants: [],
  });

/** A core whose pages come, or fail, when the test says so. */
function paged() {
  const core = new FakeCore();
  const asked: { key: string; settle: (fails?: "offline" | "internal") => Promise<void> }[] = [];
  const ask = (key: string) =>
    new Promise<void>((resolve, reject) => {
      asked.push({
        key,
        settle: async (code) => {
          if (code) reject(failure(code));
          else resolve();
          await new Promise((done) => setTimeout(done));
        },
      });
    });
  core.loadOlder = () => ask(OLDER);
  core.loadGap = (_room, key) => ask(key);
  return { core, asked, timeline: open(core) };
}

test("what is near is asked for once while it is on its way", () => {
  const { asked, timeline } = paged();
  timeline.near([OLDER, gap]);
  timeline.near([OLDER, gap]);
  expect(asked.map((request) => request.key)).toEqual([OLDER, gap]);
  expect(timeline.missing.get(gap)).toBe("loading");
});

test("what failed says why and waits for a retry", async () => {
  const { asked, timeline } = paged();
  timeline.near([gap]);
  await asked[0]?.settle("internal");
  expect(timeline.missing.get(gap)).toMatchObject({ code: "internal" });
  timeline.near([gap]);
  timeline.connected();
  expect(asked.length).toBe(1);
  void timeline.load(gap);
  expect(asked.length).toBe(2);
});

test("what failed for want of a connection may come once there is one", async () => {
  const { asked, timeline } = paged();
  timeline.near([OLDER]);
  await asked[0]?.settle("offline");
  timeline.connected();
  expect(timeline.settled).toBe(1);
  timeline.near([OLDER]);
  expect(asked.length).toBe(2);
});

test("an answer that brought nothing does not ask for another look", async () => {
  const { asked, timeline } = paged();
  timeline.near([OLDER]);
  await asked[0]?.settle();
  expect([timeline.settled, timeline.missing.size]).toEqual([0, 0]);
});
