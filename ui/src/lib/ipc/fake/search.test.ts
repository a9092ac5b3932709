import { describe, expect, it } from "vitest";
import { FakeCore } from "./core";

describe("the fake core's search", () => {
  it("finds words and phrases whatever their case, newest first, and in one room alone", async () => {
    const core = new FakeCore();
    const all = await core.searchServer("BLUE pot", null, null);
    expect(all.hits.length).toBeGreaterThan(1);
    expect(all.hits.every((hit) => hit.snippet.includes("blue pot"))).toBe(true);
    expect(all.hits.map((hit) => hit.at)).toEqual(
      all.hits
        .map((hit) => hit.at)
        .sort()
        .reverse(),
    );
    for (const { snippet, highlights } of all.hits) {
      expect(highlights.map(({ start, end }) => snippet.slice(start, end))).toEqual(["blue", "pot"]);
    }
    const room = all.hits[0]?.room ?? "";
    const one = await core.searchMessages('"blue pot"', room, null);
    expect(one.hits.length).toBeGreaterThan(0);
    expect(one.hits.every((hit) => hit.room === room)).toBe(true);
    expect((await core.searchMessages("   ", null, null)).hits).toEqual([]);
  });

  it("names a bad filter, pages, and says when the server cannot be asked", async () => {
    const core = new FakeCore(new URLSearchParams("state=offline"));
    await expect(core.searchMessages("has:sound", null, null)).rejects.toMatchObject({ field: "has" });
    await expect(core.searchMessages("on:soon", null, null)).rejects.toMatchObject({ field: "on" });
    const first = await core.searchServer("from:me-or-luz has:link the", null, null);
    expect(first).toMatchObject({ hits: [], next: null, is_offline: true, is_complete: false });
    const many = await core.searchServer("the", null, null);
    expect(many.hits).toHaveLength(50);
    const second = await core.searchServer("the", null, many.next);
    expect(second.hits[0]?.message).not.toBe(many.hits[0]?.message);
  });
});
