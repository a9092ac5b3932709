import { expect, test } from "vitest";
import { isSameServer, parseInvite } from "./invite";

const link = (what: unknown) =>
  `recado://join/${btoa(JSON.stringify(what)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;

test("an invite is read from its link, whatever stands around it", () => {
  const invite = { server: "https://chat.example.org:8443", code: "3f9c" };
  expect(parseInvite(link(invite))).toEqual(invite);
  expect(parseInvite(`  ${link({ ...invite, fingerprint: "ab".repeat(32) })}/\n`)).toEqual(invite);
});

test("what is no invite is nothing", () => {
  const bad = [
    "",
    "recado://join/",
    "recado://join/%%%",
    "https://join/abc",
    link(null),
    link([]),
    link({ server: "https://a.example" }),
    link({ server: "file:///etc/passwd", code: "abc" }),
    link({ server: "a.example", code: "abc" }),
    link({ server: "https://a.example", code: "../x" }),
    `look: ${link({ server: "https://a.example", code: "abc" })}`,
  ];
  expect(bad.filter((text) => parseInvite(text) !== null)).toEqual([]);
});

test("a server is known by its origin", () => {
  expect(isSameServer("https://a.example/", "https://a.example:443")).toBe(true);
  expect(isSameServer("https://a.example", "http://a.example")).toBe(false);
  expect(isSameServer("https://a.example", "https://a.example.evil.example")).toBe(false);
  expect(isSameServer("https://a.example", "nonsense")).toBe(false);
});
