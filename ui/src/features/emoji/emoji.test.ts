import { expect, test } from "vitest";
import { find, groups, inTone, load } from "./emoji";

test("every group has emoji, and none is left over from the parts", async () => {
  const all = await load("en");
  expect(groups.filter((name) => all[name].length < 50)).toEqual([]);
  expect(groups.flatMap((name) => all[name]).some((emoji) => emoji.unicode === "🏻")).toBe(false);
});

test("one finds them in one's own language, with or without accents", async () => {
  const first = async (language: "en" | "es", query: string) => find(await load(language), query)[0]?.unicode;
  expect(await first("en", "waving ha")).toBe("👋");
  expect(await first("es", "corazon roj")).toBe("❤️");
  expect(await first("es", "CORAZÓN rojo")).toBe("❤️");
  expect(await first("en", "corazon rojo")).toBeUndefined();
});

test("one tone for all who are in it, and the emoji itself where there are none", async () => {
  const all = await load("en");
  const emoji = (unicode: string) => {
    const found = all.people.concat(all.smileys).find((other) => other.unicode === unicode);
    if (!found) throw new Error(unicode);
    return found;
  };
  expect([0, 1, 5].map((tone) => inTone(emoji("👋"), tone))).toEqual(["👋", "👋🏻", "👋🏿"]);
  expect(emoji("🤝").tones.length).toBe(5);
  expect(inTone(emoji("😀"), 3)).toBe("😀");
});
