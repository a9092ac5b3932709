import { expect, test } from "vitest";
import { fold, mentions } from "./mention";

// The cases of `protocol/src/mention.rs`.
test.each([
  ["@ana look", true],
  ["hola @Ana!", true],
  ["¡@ÁNA, ven!", true],
  ["@a\u0301na", true],
  ["see you, @ana.", true],
  ["(@ana)", true],
  ["¿@ana?", true],
  ["你好@ana", false],
  ["@ana.maria", false],
  ["@anabel", false],
  ["@anaé", false],
  ["mail@ana", false],
  ["a.@ana", false],
  ["@@ana", false],
  ["ana", false],
  ["`@ana`", false],
  ["``a ` @ana``", false],
  ["```\n@ana\n```", false],
  ["` @ana", true],
  ["`x` @ana `y`", true],
  ["https://example.org/@ana", false],
  ["https://example.org/x @ana", true],
  ["see:@ana", true],
])("%s: %s", (text, called) => {
  expect(mentions(text).some(({ name }) => name === fold("Ana"))).toBe(called);
});

test("everyone is called by a whole word too, and too short a name is none", () => {
  const names = (text: string) => mentions(text).map(({ name }) => name);
  expect(names("@Room, a comer")).toEqual(["room"]);
  expect(names("@roommate `@room`")).toEqual(["roommate"]);
  expect(names("@ana, ask @juan.perez, @ana and @x")).toEqual(["ana", "juan.perez", "ana"]);
});

test("a mention says where it is written, also behind letters of two units", () => {
  const text = "👋 hi @Juan.";
  const [found] = mentions(text);
  expect(text.slice(found?.at, (found?.at ?? 0) + (found?.text.length ?? 0))).toBe("@Juan");
});
